"""Products: browsing, and what admins do with them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of
from bunmart_chassis.storage import Executor, UnitOfWork

from bunmart_product import domain, queries
from bunmart_product.domain import Product, ProductDetails, ProductRow, ProductTag
from bunmart_product.service.base import UseCases, named_refusals, no_product


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which products a list shows; None does not restrict.

    Attributes:
        category_id: Of this category.
        tag_id: With this tag.
        text: Whose name or description contains this.
        include_inactive: Also those that are not for sale.
    """

    category_id: UUID | None = None
    tag_id: UUID | None = None
    text: str | None = None
    include_inactive: bool = False


class Products(UseCases):
    """Use cases of products."""

    async def get(self, product_id: UUID) -> Product:
        """One product, for sale or not (NOT_FOUND)."""
        return await _existing(self.database, product_id)

    async def get_many(self, product_ids: Sequence[UUID]) -> list[Product]:
        """Those of the products that exist, for sale or not, in no particular order."""
        return await queries.PRODUCTS_OF.all(self.database, ids=product_ids)

    async def valid_ids(self, product_ids: Sequence[UUID]) -> list[UUID]:
        """Those of the products that exist and are for sale."""
        return await queries.VALID_IDS.all(self.database, ids=product_ids)

    async def list_page(
        self, wanted: ProductFilter, *, size: int, after: tuple[str, UUID] | None
    ) -> Page[Product]:
        """Products by name; ``after`` is the folded name and the id of the last one seen."""
        parameters = {
            "category_id": wanted.category_id,
            "tag_id": wanted.tag_id,
            "text": domain.fold(wanted.text) if wanted.text else None,
            "after": after,
            "active": None if wanted.include_inactive else True,
        }
        shape = frozenset(name for name, value in parameters.items() if value is not None)
        after_name, after_id = after or ("", None)
        products = await queries.PAGES[shape].all(
            self.database, **parameters, after_name=after_name, after_id=after_id, limit=size + 1
        )
        return page_of(products, size, lambda product: (domain.fold(product.name), product.id))

    async def create(self, details: ProductDetails) -> Product:
        """Add a product.

        Raises:
            InvalidArgumentError: Its category or a tag does not exist.
        """
        now = datetime.now(UTC)
        row = ProductRow(
            id=new_id(),
            name=details.name,
            sort_name=domain.fold(details.name),
            search_text=domain.search_text(details.name, details.description),
            description=details.description,
            category_id=details.category_id,
            active=details.active,
            created_at=now,
            updated_at=now,
            version=1,
        )
        with named_refusals():
            async with self.database.transaction() as unit:
                await queries.ADD_PRODUCT.add(unit, row)
                await _add_tags(unit, row.id, details.tag_ids)
                return await _existing(unit, row.id)

    async def replace(
        self, product_id: UUID, details: ProductDetails, *, expected_version: int | None
    ) -> Product:
        """Replace what is said about a product; its images stay.

        Raises:
            AbortedError: It is not at the expected version (PRODUCT_CHANGED).
            InvalidArgumentError: Its category or a tag does not exist.
            NotFoundError: There is no such product.
        """
        with named_refusals():
            async with self.database.transaction() as unit:
                version = await queries.VERSION_FOR_UPDATE.first(unit, id=product_id)
                if version is None:
                    raise no_product(product_id)
                domain.require_version(version, expected_version)
                await queries.SET_PRODUCT.run(
                    unit,
                    product_id=product_id,
                    name=details.name,
                    sort_name=domain.fold(details.name),
                    search_text=domain.search_text(details.name, details.description),
                    description=details.description,
                    category_id=details.category_id,
                    active=details.active,
                )
                await queries.CLEAR_TAGS_OF.run(unit, product_id=product_id)
                await _add_tags(unit, product_id, details.tag_ids)
                return await _existing(unit, product_id)

    async def delete(self, product_id: UUID) -> None:
        """Remove a product with its images for good; orders keep its id (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            if not await queries.DELETE_PRODUCT.run(unit, id=product_id):
                raise no_product(product_id)


async def _existing(executor: Executor, product_id: UUID) -> Product:
    product = await queries.PRODUCT.first(executor, id=product_id)
    if product is None:
        raise no_product(product_id)
    return product


async def _add_tags(unit: UnitOfWork, product_id: UUID, tag_ids: Sequence[UUID]) -> None:
    if tag_ids:
        await queries.ADD_TAG_OF.add_all(
            unit, [ProductTag(product_id, tag_id) for tag_id in dict.fromkeys(tag_ids)]
        )
