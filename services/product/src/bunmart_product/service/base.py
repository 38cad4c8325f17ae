"""The base of the use cases, and the refusals that several of them share."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
from bunmart_chassis.errors import AlreadyExistsError, InvalidArgumentError, require_found
from bunmart_chassis.storage import Database, Executor

from bunmart_product import queries
from bunmart_product.clients import Clients
from bunmart_product.domain import Product
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


async def require_product(executor: Executor, product_id: UUID) -> Product:
    """Read a product, for sale or not.

    Raises:
        NotFoundError: There is no such product (PRODUCT_NOT_FOUND).
    """
    return require_found(await queries.PRODUCT.first(executor, id=product_id), "product", product_id)


@contextmanager
def named_refusals() -> Iterator[None]:
    """Name the field or the reason when Postgres refuses a reference or a name.

    The refusal ends the call: Postgres takes no further statement in that transaction.

    Raises:
        InvalidArgumentError: A category or tag does not exist (``category_id``, ``tag_ids``).
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
