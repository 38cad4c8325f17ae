"""Rules over REST, for admins."""

from uuid import UUID

from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put

from bunmart_notification.schemas import NewRule, RuleUpdate, RuleView, rule_view
from bunmart_notification.service import Notifications


class RuleController(Controller):
    """The rules that switch channels. One for a template beats one for all templates."""

    path = "/api/rules"
    tags = ("rules",)
    guards = (requires(Role.ADMIN),)

    @post("/", operation_id="CreateRule")
    async def create(self, data: NewRule, notifications: Notifications, unit: UnitOfWork) -> RuleView:
        """Switch a channel on (it is used beside the requested one) or off, for a template or for all."""
        rule = await notifications.add_rule(
            unit, template_id=data.template_id, channel=data.channel, enabled=data.enabled
        )
        return rule_view(rule)

    @get("/", operation_id="ListRules")
    async def list_all(self, notifications: Notifications, page: PageRequest) -> Page[RuleView]:
        """List rules, oldest first."""
        return (await notifications.list_rules(page)).map(rule_view)

    @get("/{rule_id:uuid}", operation_id="GetRule")
    async def get_one(self, rule_id: UUID, notifications: Notifications) -> RuleView:
        """Read a rule."""
        return rule_view(await notifications.get_rule(rule_id))

    @put("/{rule_id:uuid}", operation_id="UpdateRule")
    async def update(
        self, rule_id: UUID, data: RuleUpdate, notifications: Notifications, unit: UnitOfWork
    ) -> RuleView:
        """Switch the channel of a rule on or off."""
        return rule_view(await notifications.change_rule(unit, rule_id, enabled=data.enabled))

    @delete("/{rule_id:uuid}", operation_id="DeleteRule")
    async def delete(self, rule_id: UUID, notifications: Notifications, unit: UnitOfWork) -> None:
        """Delete a rule."""
        await notifications.delete_rule(unit, rule_id)
