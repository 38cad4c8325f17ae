"""Categories and tags."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id

from bunmart_product import queries
from bunmart_product.domain import Category, Tag
from bunmart_product.service.base import UseCases, named_refusals


class Labels(UseCases):
    """Use cases of categories and tags; a deleted one disappears from its products."""

    async def categories(self) -> list[Category]:
        """All categories in display order."""
        return await queries.CATEGORY_LIST.all(self.database)

    async def create_category(self, name: str, sort_order: int) -> Category:
        """Add a category (ALREADY_EXISTS when the name is taken)."""
        category = Category(new_id(), name, sort_order)
        with named_refusals():
            await queries.ADD_CATEGORY.add(self.database, category)
        return category

    async def replace_category(self, category: Category) -> Category:
        """Rename or move a category (NOT_FOUND, ALREADY_EXISTS)."""
        with named_refusals():
            changed = await queries.SET_CATEGORY.run(
                self.database,
                category_id=category.id,
                name=category.name,
                sort_order=category.sort_order,
            )
        if not changed:
            raise _no_category(category.id)
        return category

    async def delete_category(self, category_id: UUID) -> None:
        """Remove a category; its products have none then (NOT_FOUND)."""
        if not await queries.DELETE_CATEGORY.run(self.database, id=category_id):
            raise _no_category(category_id)

    async def tags(self) -> list[Tag]:
        """All tags by name."""
        return await queries.TAG_LIST.all(self.database)

    async def create_tag(self, name: str) -> Tag:
        """Add a tag (ALREADY_EXISTS when the name is taken)."""
        tag = Tag(new_id(), name)
        with named_refusals():
            await queries.ADD_TAG.add(self.database, tag)
        return tag

    async def replace_tag(self, tag: Tag) -> Tag:
        """Rename a tag (NOT_FOUND, ALREADY_EXISTS)."""
        with named_refusals():
            changed = await queries.SET_TAG.run(self.database, tag_id=tag.id, name=tag.name)
        if not changed:
            raise _no_tag(tag.id)
        return tag

    async def delete_tag(self, tag_id: UUID) -> None:
        """Remove a tag, also from its products (NOT_FOUND)."""
        if not await queries.DELETE_TAG.run(self.database, id=tag_id):
            raise _no_tag(tag_id)


def _no_category(category_id: UUID) -> NotFoundError:
    return NotFoundError(f"No category {category_id}.", code="CATEGORY_NOT_FOUND")


def _no_tag(tag_id: UUID) -> NotFoundError:
    return NotFoundError(f"No tag {tag_id}.", code="TAG_NOT_FOUND")
