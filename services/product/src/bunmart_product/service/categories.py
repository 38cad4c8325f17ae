"""Categories, as admins write them."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_product import queries, refusals
from bunmart_product.domain import Category
from bunmart_product.service.base import UseCases


class Categories(UseCases):
    """Create, replace and delete categories."""

    async def create_category(self, unit: UnitOfWork, name: str, sort_order: int) -> Category:
        """Add a category.

        Raises:
            AlreadyExistsError: The name is taken (CATEGORY_NAME_TAKEN).
        """
        category = Category(new_id(), name, sort_order)
        with refused(refusals.CATEGORY_NAME_TAKEN):
            await queries.ADD_CATEGORY.add(unit, category)
        return category

    async def replace_category(self, unit: UnitOfWork, category: Category) -> Category:
        """Rename or move a category.

        Raises:
            AlreadyExistsError: The name is taken (CATEGORY_NAME_TAKEN).
            NotFoundError: There is no such category (CATEGORY_NOT_FOUND).
        """
        with refused(refusals.CATEGORY_NAME_TAKEN):
            replaced = await queries.SET_CATEGORY.first(
                unit, category_id=category.id, name=category.name, sort_order=category.sort_order
            )
        return require_found(replaced, "category", category.id)

    async def delete_category(self, unit: UnitOfWork, category_id: UUID) -> None:
        """Remove a category; its products have none then.

        Raises:
            NotFoundError: There is no such category (CATEGORY_NOT_FOUND).
        """
        require_found(await queries.REMOVE_CATEGORY.first(unit, id=category_id), "category", category_id)
