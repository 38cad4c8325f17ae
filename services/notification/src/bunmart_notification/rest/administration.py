"""Templates and rules over REST, for admins."""

from uuid import UUID

from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page, PageSize, PageToken, decode_token, size_of
from litestar import Controller, delete, get, post, put

from bunmart_notification.schemas import (
    NewRule,
    NewTemplate,
    Preview,
    PreviewView,
    RuleUpdate,
    RuleView,
    TemplateTexts,
    TemplateView,
    rule_view,
    template_view,
)
from bunmart_notification.service import Notifications


class TemplateController(Controller):
    """The texts of notifications."""

    path = "/api/templates"
    tags = ("templates",)
    guards = (requires(Role.ADMIN),)

    @post("/", operation_id="CreateTemplate")
    async def create(self, data: NewTemplate, notifications: Notifications) -> TemplateView:
        """Add a template."""
        return template_view(await notifications.add_template(data.template(data.template_id)))

    @get("/", operation_id="ListTemplates")
    async def list_all(
        self, notifications: Notifications, page_size: PageSize = None, page_token: PageToken = None
    ) -> Page[TemplateView]:
        """List templates by id."""
        page = await notifications.list_templates(
            size=size_of(page_size), after=decode_token(page_token, str)
        )
        return page.map(template_view)

    @get("/{template_id:str}", operation_id="GetTemplate")
    async def get_one(self, template_id: str, notifications: Notifications) -> TemplateView:
        """Read a template."""
        return template_view(await notifications.template(template_id))

    @put("/{template_id:str}", operation_id="UpdateTemplate")
    async def update(
        self, template_id: str, data: TemplateTexts, notifications: Notifications
    ) -> TemplateView:
        """Replace the texts of a template; what was sent stays as it was."""
        return template_view(await notifications.change_template(data.template(template_id)))

    @post("/{template_id:str}/preview", status_code=200, operation_id="PreviewTemplate")
    async def preview(self, template_id: str, data: Preview, notifications: Notifications) -> PreviewView:
        """Render a template with values, without sending anything."""
        text = await notifications.preview(template_id, data.data)
        return PreviewView(subject=text.subject, body=text.body, html=text.html)

    @delete("/{template_id:str}", operation_id="DeleteTemplate")
    async def delete(self, template_id: str, notifications: Notifications) -> None:
        """Delete a template and its rules; what was sent stays."""
        await notifications.delete_template(template_id)


class RuleController(Controller):
    """Which channels are used. A rule for a template beats one for all templates."""

    path = "/api/rules"
    tags = ("rules",)
    guards = (requires(Role.ADMIN),)

    @post("/", operation_id="CreateRule")
    async def create(self, data: NewRule, notifications: Notifications) -> RuleView:
        """Switch a channel on (it is used beside the requested one) or off, for a template or for all."""
        rule = await notifications.add_rule(
            template_id=data.template_id, channel=data.channel, enabled=data.enabled
        )
        return rule_view(rule)

    @get("/", operation_id="ListRules")
    async def list_all(
        self, notifications: Notifications, page_size: PageSize = None, page_token: PageToken = None
    ) -> Page[RuleView]:
        """List rules, oldest first."""
        page = await notifications.list_rules(size=size_of(page_size), after=decode_token(page_token, UUID))
        return page.map(rule_view)

    @get("/{rule_id:uuid}", operation_id="GetRule")
    async def get_one(self, rule_id: UUID, notifications: Notifications) -> RuleView:
        """Read a rule."""
        return rule_view(await notifications.rule(rule_id))

    @put("/{rule_id:uuid}", operation_id="UpdateRule")
    async def update(self, rule_id: UUID, data: RuleUpdate, notifications: Notifications) -> RuleView:
        """Switch a rule."""
        return rule_view(await notifications.change_rule(rule_id, enabled=data.enabled))

    @delete("/{rule_id:uuid}", operation_id="DeleteRule")
    async def delete(self, rule_id: UUID, notifications: Notifications) -> None:
        """Delete a rule."""
        await notifications.delete_rule(rule_id)
