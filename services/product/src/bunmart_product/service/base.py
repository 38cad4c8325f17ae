"""What the use cases of the catalogue share."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
from bunmart_chassis.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError
from bunmart_chassis.storage import Database

from bunmart_product.clients import Clients
from bunmart_product.settings import Settings

_REFERENCES = {
    "fk_products_category_id_categories": ("category_id", "is not a category"),
    "fk_product_tags_tag_id_tags": ("tag_ids", "names a tag that does not exist"),
}
_NAMES = {"uq_categories_name": "CATEGORY_NAME_TAKEN", "uq_tags_name": "TAG_NAME_TAKEN"}


class UseCases:
    """Base of the use cases: database, peers and settings."""

    def __init__(self, database: Database, clients: Clients, settings: Settings) -> None:
        self.database = database
        self.clients = clients
        self.settings = settings


@contextmanager
def named_refusals() -> Iterator[None]:
    """Name the field or the reason when Postgres refuses a reference or a name.

    Raises:
        InvalidArgumentError: A category or tag does not exist.
        AlreadyExistsError: The name is taken (CATEGORY_NAME_TAKEN, TAG_NAME_TAKEN).
    """
    try:
        yield
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name not in _REFERENCES:
            raise
        raise InvalidArgumentError.field(*_REFERENCES[error.constraint_name]) from None
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name not in _NAMES:
            raise
        raise AlreadyExistsError("That name is taken.", code=_NAMES[error.constraint_name]) from None


def no_product(product_id: UUID) -> NotFoundError:
    """The refusal for a product that does not exist."""
    return NotFoundError(f"No product {product_id}.", code="PRODUCT_NOT_FOUND")
