"""Tags, as admins write them."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_product import queries, refusals
from bunmart_product.domain import Tag
from bunmart_product.service.base import UseCases


class Tags(UseCases):
    """Create, replace and delete tags."""

    async def create_tag(self, unit: UnitOfWork, name: str) -> Tag:
        """Add a tag.

        Raises:
            AlreadyExistsError: The name is taken (TAG_NAME_TAKEN).
        """
        tag = Tag(new_id(), name)
        with refused(refusals.TAG_NAME_TAKEN):
            await queries.ADD_TAG.add(unit, tag)
        return tag

    async def replace_tag(self, unit: UnitOfWork, tag: Tag) -> Tag:
        """Rename a tag.

        Raises:
            AlreadyExistsError: The name is taken (TAG_NAME_TAKEN).
            NotFoundError: There is no such tag (TAG_NOT_FOUND).
        """
        with refused(refusals.TAG_NAME_TAKEN):
            replaced = await queries.SET_TAG.first(unit, tag_id=tag.id, name=tag.name)
        return require_found(replaced, "tag", tag.id)

    async def delete_tag(self, unit: UnitOfWork, tag_id: UUID) -> None:
        """Remove a tag, also from its products.

        Raises:
            NotFoundError: There is no such tag (TAG_NOT_FOUND).
        """
        require_found(await queries.REMOVE_TAG.first(unit, id=tag_id), "tag", tag_id)
