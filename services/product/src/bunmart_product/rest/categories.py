"""Categories."""

from uuid import UUID

from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put

from bunmart_product.domain import Category
from bunmart_product.schemas import CategoryBody, CategoryView, category_view, require_name
from bunmart_product.service import Catalogue


class CategoryController(Controller):
    """Categories: everybody reads them, admins write them."""

    path = "/api/categories"
    tags = ("categories",)

    @get("/", operation_id="ListCategories")
    async def list_all(self, catalogue: Catalogue) -> Page[CategoryView]:
        """List all categories in display order, on one page."""
        return Page(items=[category_view(category) for category in await catalogue.list_categories()])

    @post("/", operation_id="CreateCategory", guards=[requires(Role.ADMIN)])
    async def create(self, data: CategoryBody, catalogue: Catalogue, unit: UnitOfWork) -> CategoryView:
        """Add a category (admins)."""
        return category_view(await catalogue.create_category(unit, require_name(data.name), data.sort_order))

    @put("/{category_id:uuid}", operation_id="ReplaceCategory", guards=[requires(Role.ADMIN)])
    async def replace(
        self, category_id: UUID, data: CategoryBody, catalogue: Catalogue, unit: UnitOfWork
    ) -> CategoryView:
        """Rename or move a category (admins)."""
        category = Category(category_id, require_name(data.name), data.sort_order)
        return category_view(await catalogue.replace_category(unit, category))

    @delete("/{category_id:uuid}", operation_id="DeleteCategory", guards=[requires(Role.ADMIN)])
    async def remove(self, category_id: UUID, catalogue: Catalogue, unit: UnitOfWork) -> None:
        """Remove a category; its products have none then (admins)."""
        await catalogue.delete_category(unit, category_id)
