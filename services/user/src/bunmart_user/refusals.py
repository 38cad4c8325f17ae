"""Refusals of the service by the constraint of the database that decides them."""

from bunmart_chassis.storage import taken

EMAIL_TAKEN = taken(
    "uq_users_email", code="EMAIL_TAKEN", field="email", message="This e-mail address has an account."
)
