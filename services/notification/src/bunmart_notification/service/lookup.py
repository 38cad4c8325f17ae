"""Read-only use cases of notifications, templates and rules."""

from collections.abc import Mapping
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError, require_found
from bunmart_chassis.paging import Page, PageRequest

from bunmart_notification import queries
from bunmart_notification.domain import Notification, Rule, Status, Template, Text
from bunmart_notification.renderer import RenderError
from bunmart_notification.service.base import UseCases, require_notification, require_template


class Lookup(UseCases):
    """Reads what is stored, and renders templates to look at."""

    async def get(self, notification_id: UUID) -> Notification:
        """Read a notification.

        Raises:
            NotFoundError: There is none (NOTIFICATION_NOT_FOUND).
        """
        return await require_notification(self.database, notification_id)

    async def list_page(
        self, page: PageRequest, *, user_id: UUID | None, unread: bool, status: Status | None
    ) -> Page[Notification]:
        """List notifications of a user or of all, newest first; optionally unread ones or of one status."""
        failed = status is Status.FAILED
        return await queries.NOTIFICATION_PAGES.page(
            self.database,
            page,
            user_id=user_id,
            unread=unread or None,
            status=None if failed else status,
            failed=failed or None,
        )

    async def get_template(self, template_id: str) -> Template:
        """Read a template.

        Raises:
            NotFoundError: There is none (TEMPLATE_NOT_FOUND).
        """
        return await require_template(self.database, template_id)

    async def list_templates(self, page: PageRequest) -> Page[Template]:
        """List all templates by id."""
        return await queries.TEMPLATE_PAGES.page(self.database, page)

    async def preview(self, template_id: str, data: Mapping[str, str]) -> Text:
        """Render a template with data, without sending anything.

        Raises:
            NotFoundError: There is no such template (TEMPLATE_NOT_FOUND).
            InvalidArgumentError: It cannot be rendered with this data.
        """
        template = await self.get_template(template_id)
        try:
            return self.renderer.render(template, data)
        except RenderError as error:
            raise InvalidArgumentError.field("data", str(error)) from None

    async def get_rule(self, rule_id: UUID) -> Rule:
        """Read a rule.

        Raises:
            NotFoundError: There is none (RULE_NOT_FOUND).
        """
        return require_found(await queries.RULE.first(self.database, rule_id=rule_id), "rule", rule_id)

    async def list_rules(self, page: PageRequest) -> Page[Rule]:
        """List all rules, oldest first."""
        return await queries.RULE_PAGES.page(self.database, page)
