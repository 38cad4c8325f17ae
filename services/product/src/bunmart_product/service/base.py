"""The base of the use cases, and what several of them share."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, Executor

from bunmart_product import queries
from bunmart_product.clients import Clients
from bunmart_product.domain import Product
from bunmart_product.settings import Settings


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
