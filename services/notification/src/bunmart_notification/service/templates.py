"""Use cases of templates, the texts of notifications."""

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_notification import queries, refusals
from bunmart_notification.domain import Template
from bunmart_notification.plain_templates import require_plain
from bunmart_notification.service.base import UseCases


class Templates(UseCases):
    """Adds, changes and deletes templates."""

    async def add_template(self, unit: UnitOfWork, template: Template) -> Template:
        """Store a new template.

        Args:
            unit: That of the call.
            template: Under an id that is not taken.

        Raises:
            InvalidArgumentError: There is a mistake in its syntax, or it cannot be rendered with texts.
            AlreadyExistsError: There is one with this id (TEMPLATE_EXISTS).
        """
        self.renderer.require_valid(template)
        if template.confidential:
            require_plain(template)
        with refused(refusals.TEMPLATE_EXISTS):
            await queries.ADD_TEMPLATE.add(unit, template)
        return template

    async def change_template(self, unit: UnitOfWork, template: Template) -> Template:
        """Replace the texts of a template. One that is confidential stays so.

        Args:
            unit: That of the call.
            template: The new texts under its id.

        Raises:
            InvalidArgumentError: There is a mistake in its syntax, it cannot be rendered with texts, or it is
                confidential and does more than show values.
            NotFoundError: There is no such template (TEMPLATE_NOT_FOUND).
        """
        self.renderer.require_valid(template)
        before = await queries.TEMPLATE_FOR_UPDATE.first(unit, template_id=template.id)
        if require_found(before, "template", template.id).confidential or template.confidential:
            require_plain(template)
        saved = await queries.SAVE_TEMPLATE.first(
            unit,
            template_id=template.id,
            subject=template.subject,
            body=template.body,
            html=template.html,
            confidential=template.confidential,
            updated_at=template.updated_at,
        )
        return require_found(saved, "template", template.id)

    async def delete_template(self, unit: UnitOfWork, template_id: str) -> None:
        """Delete a template and its rules; notifications stay. One that is gone is no error."""
        await queries.DELETE_TEMPLATE.run(unit, template_id=template_id)
