"""Refusals of the service by the constraint of the database that decides them."""

from bunmart_chassis.storage import taken, unknown

CATEGORY_NAME_TAKEN = taken(
    "uq_categories_name", code="CATEGORY_NAME_TAKEN", field="name", message="That name is taken."
)
TAG_NAME_TAKEN = taken("uq_tags_name", code="TAG_NAME_TAKEN", field="name", message="That name is taken.")
UNKNOWN_CATEGORY = unknown(
    "fk_products_category_id_categories", field="category_id", message="is not a category"
)
UNKNOWN_TAG = unknown(
    "fk_product_tags_tag_id_tags", field="tag_ids", message="names a tag that does not exist"
)
