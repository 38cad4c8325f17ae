"""Read-only use cases of the catalogue."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from bunmart_chassis.errors import require_found
from bunmart_chassis.paging import Page, PageRequest

from bunmart_product import domain, queries
from bunmart_product.domain import Category, Image, ImageContent, Product, SaleProduct, Tag
from bunmart_product.service.base import UseCases, require_product


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The products that a list shows; None does not restrict.

    Attributes:
        category_id: Of this category.
        tag_id: With this tag.
        text: With this in the name or description; case and accents are ignored.
        include_inactive: Also those that are not for sale.
    """

    category_id: UUID | None = None
    tag_id: UUID | None = None
    text: str | None = None
    include_inactive: bool = False


class Lookup(UseCases):
    """Products, images, categories and tags as they stand."""

    async def get_product(self, product_id: UUID) -> Product:
        """Return a product, for sale or not.

        Raises:
            NotFoundError: There is no such product (PRODUCT_NOT_FOUND).
        """
        return await require_product(self.database, product_id)

    async def find_products(self, product_ids: Sequence[UUID]) -> list[Product]:
        """Return those of the products that exist, for sale or not, in no particular order."""
        return await queries.PRODUCTS_BY_ID.all(self.database, ids=product_ids)

    async def validate_products(self, product_ids: Sequence[UUID]) -> list[SaleProduct]:
        """Return those of the products that exist and are for sale, as they are sold now."""
        return await queries.FOR_SALE.all(self.database, ids=product_ids)

    async def list_products(self, wanted: ProductFilter, request: PageRequest) -> Page[Product]:
        """Return one page of products, in the order of their names.

        Raises:
            InvalidArgumentError: The token is not one of this list (``page_token``).
        """
        return await queries.PRODUCT_LIST.page(
            self.database,
            request,
            active=None if wanted.include_inactive else True,
            category_id=wanted.category_id,
            tag_id=wanted.tag_id,
            text=domain.fold(wanted.text) if wanted.text else None,
        )

    async def list_images(self, product_id: UUID) -> list[Image]:
        """Return a product's images without their bytes, in display order."""
        return await queries.IMAGE_LIST.all(self.database, product_id=product_id)

    async def get_image_content(self, product_id: UUID, image_id: UUID) -> ImageContent:
        """Return an image's bytes and their type.

        Raises:
            NotFoundError: The product has no such image (IMAGE_NOT_FOUND).
        """
        content = await queries.IMAGE_CONTENT.first(self.database, product_id=product_id, image_id=image_id)
        return require_found(content, "image", image_id)

    async def list_categories(self) -> list[Category]:
        """Return all categories in display order."""
        return await queries.CATEGORY_LIST.all(self.database)

    async def list_tags(self) -> list[Tag]:
        """Return all tags by name."""
        return await queries.TAG_LIST.all(self.database)
