"""Products, as admins write them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_product import domain, queries, refusals
from bunmart_product.domain import Product, ProductDetails, ProductTag
from bunmart_product.service.base import UseCases, require_product


class Products(UseCases):
    """Create, replace and delete products."""

    async def create_product(self, unit: UnitOfWork, details: ProductDetails) -> Product:
        """Add a product.

        Raises:
            InvalidArgumentError: Its category or a tag does not exist (``category_id``, ``tag_ids``).
        """
        row = domain.new_product(new_id(), details, datetime.now(UTC))
        with refused(refusals.UNKNOWN_CATEGORY, refusals.UNKNOWN_TAG):
            await queries.ADD_PRODUCT.add(unit, row)
            await _add_tags(unit, row.id, details.tag_ids)
        return await require_product(unit, row.id)

    async def replace_product(
        self, unit: UnitOfWork, product_id: UUID, details: ProductDetails, *, expected_version: int | None
    ) -> Product:
        """Replace what is said about a product; its images stay.

        Args:
            unit: Holds the product's lock until it ends.
            product_id: The product.
            details: What is said from now on.
            expected_version: The version that the admin saw; None replaces any.

        Raises:
            AbortedError: It is not at the expected version (PRODUCT_CHANGED).
            InvalidArgumentError: Its category or a tag does not exist (``category_id``, ``tag_ids``).
            NotFoundError: There is no such product (PRODUCT_NOT_FOUND).
        """
        version = await queries.VERSION_FOR_UPDATE.first(unit, id=product_id)
        domain.require_version(require_found(version, "product", product_id), expected_version)
        with refused(refusals.UNKNOWN_CATEGORY, refusals.UNKNOWN_TAG):
            await queries.SET_PRODUCT.run(
                unit,
                product_id=product_id,
                name=details.name,
                sort_name=domain.fold(details.name),
                search_text=domain.search_text(details.name, details.description),
                description=details.description,
                category_id=details.category_id,
                unit=details.unit,
                tax_category=details.tax_category,
                allergens=domain.in_order(details.allergens),
                active=details.active,
            )
            await queries.REMOVE_PRODUCT_TAGS.run(unit, product_id=product_id)
            await _add_tags(unit, product_id, details.tag_ids)
        return await require_product(unit, product_id)

    async def delete_product(self, unit: UnitOfWork, product_id: UUID) -> None:
        """Remove a product with its images for good; orders keep its id.

        Raises:
            NotFoundError: There is no such product (PRODUCT_NOT_FOUND).
        """
        require_found(await queries.REMOVE_PRODUCT.first(unit, id=product_id), "product", product_id)


async def _add_tags(unit: UnitOfWork, product_id: UUID, tag_ids: Sequence[UUID]) -> None:
    if tag_ids:
        await queries.ADD_PRODUCT_TAG.add_all(
            unit, [ProductTag(product_id, tag_id) for tag_id in dict.fromkeys(tag_ids)]
        )
