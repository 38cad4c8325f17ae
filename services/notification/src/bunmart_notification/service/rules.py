"""Use cases of rules, which switch channels on and off."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork, refused

from bunmart_notification import domain, queries, refusals
from bunmart_notification.domain import Channel, Rule
from bunmart_notification.service.base import UseCases


class Rules(UseCases):
    """Adds, switches and deletes rules."""

    async def add_rule(
        self, unit: UnitOfWork, *, template_id: str | None, channel: Channel, enabled: bool
    ) -> Rule:
        """Store a new rule.

        Args:
            unit: That of the call.
            template_id: The template that it is for; None for all templates.
            channel: The channel that it switches.
            enabled: True switches the channel on.

        Raises:
            NotFoundError: There is no such template (TEMPLATE_NOT_FOUND).
            AlreadyExistsError: There is a rule for this template and channel (RULE_EXISTS).
        """
        rule = domain.new_rule(template_id, channel, enabled=enabled, now=datetime.now(UTC))
        with refused(refusals.RULE_EXISTS, refusals.TEMPLATE_NOT_FOUND):
            await queries.ADD_RULE.add(unit, rule)
        return rule

    async def change_rule(self, unit: UnitOfWork, rule_id: UUID, *, enabled: bool) -> Rule:
        """Switch the channel of a rule on or off.

        Args:
            unit: That of the call.
            rule_id: Ours.
            enabled: True switches the channel on.

        Raises:
            NotFoundError: There is no such rule (RULE_NOT_FOUND).
        """
        saved = await queries.SAVE_RULE.first(unit, rule_id=rule_id, enabled=enabled)
        return require_found(saved, "rule", rule_id)

    async def delete_rule(self, unit: UnitOfWork, rule_id: UUID) -> None:
        """Delete a rule; one that is gone is no error."""
        await queries.DELETE_RULE.run(unit, rule_id=rule_id)
