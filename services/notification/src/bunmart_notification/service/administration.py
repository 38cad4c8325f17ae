"""Templates and rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of

from bunmart_notification import queries
from bunmart_notification.domain import Channel, Rule, Template
from bunmart_notification.rendering import RenderError, Text
from bunmart_notification.service.base import UseCases
from bunmart_notification.service.sending import template_not_found


class Administration(UseCases):
    """What admins do."""

    async def template(self, template_id: str) -> Template:
        """One template (NOT_FOUND)."""
        template = await queries.TEMPLATE.first(self.database, template_id=template_id)
        if template is None:
            raise template_not_found(template_id)
        return template

    async def list_templates(self, *, size: int, after: str | None) -> Page[Template]:
        """All templates by id."""
        templates = await queries.TEMPLATE_PAGES[after is not None].all(
            self.database, after=after, limit=size + 1
        )
        return page_of(templates, size, lambda template: template.id)

    async def add_template(self, template: Template) -> Template:
        """Store a new template (TEMPLATE_EXISTS; INVALID_ARGUMENT for a mistake in its syntax)."""
        self.renderer.check(template)
        if not await queries.ADD_TEMPLATE.add(self.database, template):
            raise AlreadyExistsError(f"Template {template.id} exists already.", code="TEMPLATE_EXISTS")
        return template

    async def change_template(self, template: Template) -> Template:
        """Replace the texts of a template (NOT_FOUND; INVALID_ARGUMENT for a mistake in its syntax)."""
        self.renderer.check(template)
        saved = await queries.SAVE_TEMPLATE.first(
            self.database,
            template_id=template.id,
            subject=template.subject,
            body=template.body,
            html=template.html,
            confidential=template.confidential,
            updated_at=template.updated_at,
        )
        if saved is None:
            raise template_not_found(template.id)
        return saved

    async def preview(self, template_id: str, data: Mapping[str, str]) -> Text:
        """What a template makes of data (NOT_FOUND; INVALID_ARGUMENT when it cannot be rendered)."""
        try:
            return self.renderer.render(await self.template(template_id), data)
        except RenderError as error:
            raise InvalidArgumentError.field("data", str(error)) from None

    async def delete_template(self, template_id: str) -> None:
        """Delete a template and its rules; notifications stay. One that is gone is no error."""
        await queries.DELETE_TEMPLATE.run(self.database, template_id=template_id)

    async def rule(self, rule_id: UUID) -> Rule:
        """One rule (NOT_FOUND)."""
        return _found(await queries.RULE.first(self.database, rule_id=rule_id), rule_id)

    async def list_rules(self, *, size: int, after: UUID | None) -> Page[Rule]:
        """All rules, oldest first."""
        rules = await queries.RULE_PAGES[after is not None].all(self.database, after=after, limit=size + 1)
        return page_of(rules, size, lambda rule: rule.id)

    async def add_rule(self, *, template_id: str | None, channel: Channel, enabled: bool) -> Rule:
        """Store a new rule (TEMPLATE_NOT_FOUND, RULE_EXISTS)."""
        if template_id is not None:
            await self.template(template_id)
        rule = Rule(new_id(), template_id, channel, enabled, datetime.now(UTC))
        if not await queries.ADD_RULE.add(self.database, rule):
            raise AlreadyExistsError("There is a rule for this template and channel.", code="RULE_EXISTS")
        return rule

    async def change_rule(self, rule_id: UUID, *, enabled: bool) -> Rule:
        """Switch a rule (NOT_FOUND)."""
        return _found(await queries.SAVE_RULE.first(self.database, rule_id=rule_id, enabled=enabled), rule_id)

    async def delete_rule(self, rule_id: UUID) -> None:
        """Delete a rule; one that is gone is no error."""
        await queries.DELETE_RULE.run(self.database, rule_id=rule_id)


def _found(rule: Rule | None, rule_id: UUID) -> Rule:
    if rule is None:
        raise NotFoundError(f"No rule {rule_id}.", code="RULE_NOT_FOUND")
    return rule
