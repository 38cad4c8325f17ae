"""Refusals of the service by the constraint of the database that decides them."""

from bunmart_chassis.storage import taken

REVIEW_EXISTS = taken(
    "uq_reviews_product_id",
    code="REVIEW_EXISTS",
    field="product_id",
    message="You have reviewed this product already.",
)
