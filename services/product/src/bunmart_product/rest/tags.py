"""Tags."""

from uuid import UUID

from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put

from bunmart_product.domain import Tag
from bunmart_product.schemas import TagBody, TagView, require_name, tag_view
from bunmart_product.service import Catalogue


class TagController(Controller):
    """Tags: everybody reads them, admins write them."""

    path = "/api/tags"
    tags = ("tags",)

    @get("/", operation_id="ListTags")
    async def list_all(self, catalogue: Catalogue) -> Page[TagView]:
        """List all tags by name, on one page."""
        return Page(items=[tag_view(tag) for tag in await catalogue.list_tags()])

    @post("/", operation_id="CreateTag", guards=[requires(Role.ADMIN)])
    async def create(self, data: TagBody, catalogue: Catalogue, unit: UnitOfWork) -> TagView:
        """Add a tag (admins)."""
        return tag_view(await catalogue.create_tag(unit, require_name(data.name)))

    @put("/{tag_id:uuid}", operation_id="ReplaceTag", guards=[requires(Role.ADMIN)])
    async def replace(self, tag_id: UUID, data: TagBody, catalogue: Catalogue, unit: UnitOfWork) -> TagView:
        """Rename a tag (admins)."""
        return tag_view(await catalogue.replace_tag(unit, Tag(tag_id, require_name(data.name))))

    @delete("/{tag_id:uuid}", operation_id="DeleteTag", guards=[requires(Role.ADMIN)])
    async def remove(self, tag_id: UUID, catalogue: Catalogue, unit: UnitOfWork) -> None:
        """Remove a tag, also from its products (admins)."""
        await catalogue.delete_tag(unit, tag_id)
