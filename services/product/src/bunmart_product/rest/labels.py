"""Categories and tags."""

from uuid import UUID

from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page
from bunmart_chassis.validation import require_text
from litestar import Controller, delete, get, post, put

from bunmart_product.domain import Category, Tag
from bunmart_product.schemas import (
    MAX_NAME,
    CategoryBody,
    CategoryView,
    TagBody,
    TagView,
    category_view,
    tag_view,
)
from bunmart_product.service import Catalogue


def _name(name: str) -> str:
    return require_text("name", name, most=MAX_NAME)


class CategoryController(Controller):
    """Everybody reads categories, admins write them."""

    path = "/api/categories"
    tags = ("categories",)

    @get("/", operation_id="ListCategories")
    async def list_all(self, catalogue: Catalogue) -> Page[CategoryView]:
        """List all categories in display order, on one page."""
        return Page(items=[category_view(category) for category in await catalogue.categories()])

    @post("/", operation_id="CreateCategory", guards=[requires(Role.ADMIN)])
    async def create(self, data: CategoryBody, catalogue: Catalogue) -> CategoryView:
        """Add a category (admins)."""
        return category_view(await catalogue.create_category(_name(data.name), data.sort_order))

    @put("/{category_id:uuid}", operation_id="ReplaceCategory", guards=[requires(Role.ADMIN)])
    async def replace(self, category_id: UUID, data: CategoryBody, catalogue: Catalogue) -> CategoryView:
        """Rename or move a category (admins)."""
        category = Category(category_id, _name(data.name), data.sort_order)
        return category_view(await catalogue.replace_category(category))

    @delete("/{category_id:uuid}", operation_id="DeleteCategory", guards=[requires(Role.ADMIN)])
    async def remove(self, category_id: UUID, catalogue: Catalogue) -> None:
        """Remove a category; its products have none then (admins)."""
        await catalogue.delete_category(category_id)


class TagController(Controller):
    """Everybody reads tags, admins write them."""

    path = "/api/tags"
    tags = ("tags",)

    @get("/", operation_id="ListTags")
    async def list_all(self, catalogue: Catalogue) -> Page[TagView]:
        """List all tags by name, on one page."""
        return Page(items=[tag_view(tag) for tag in await catalogue.tags()])

    @post("/", operation_id="CreateTag", guards=[requires(Role.ADMIN)])
    async def create(self, data: TagBody, catalogue: Catalogue) -> TagView:
        """Add a tag (admins)."""
        return tag_view(await catalogue.create_tag(_name(data.name)))

    @put("/{tag_id:uuid}", operation_id="ReplaceTag", guards=[requires(Role.ADMIN)])
    async def replace(self, tag_id: UUID, data: TagBody, catalogue: Catalogue) -> TagView:
        """Rename a tag (admins)."""
        return tag_view(await catalogue.replace_tag(Tag(tag_id, _name(data.name))))

    @delete("/{tag_id:uuid}", operation_id="DeleteTag", guards=[requires(Role.ADMIN)])
    async def remove(self, tag_id: UUID, catalogue: Catalogue) -> None:
        """Remove a tag, also from its products (admins)."""
        await catalogue.delete_tag(tag_id)
