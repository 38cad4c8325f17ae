"""Refusals of the service by the constraint of the database that decides them."""

from bunmart_chassis.storage import missing, taken

TEMPLATE_EXISTS = taken(
    "pk_templates", code="TEMPLATE_EXISTS", field="template_id", message="There is a template with this id."
)
RULE_EXISTS = taken(
    "uq_rules_template_id",
    code="RULE_EXISTS",
    field="template_id",
    message="There is a rule for this template and channel.",
)
TEMPLATE_NOT_FOUND = missing(
    "fk_rules_template_id_templates",
    code="TEMPLATE_NOT_FOUND",
    field="template_id",
    message="There is no such template.",
)
