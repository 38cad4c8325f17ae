"""Use cases of the schedules: customers are reminded of idle carts, those of sessions are deleted."""

from datetime import UTC, datetime, timedelta

from bunmart_chassis.idempotency import KEEP_HOURS

from bunmart_cart import queries
from bunmart_cart.outbox import RemindOfCart
from bunmart_cart.service.base import UseCases

_BATCH = 200
_RESTORED_SECONDS = 90 * 24 * 3600
"""Order repeats the return of an order for days at most."""


class IdleCarts(UseCases):
    """Carts that nobody has touched for long."""

    async def remind_of_abandoned(self) -> None:
        """Remind customers of carts left alone, once until the items change again."""
        before = _ago(self.settings.abandoned_after_seconds)
        marked = _BATCH
        while marked == _BATCH:
            async with self.database.transaction() as unit:
                carts = await queries.MARK_ABANDONED.all(unit, before=before, limit=_BATCH)
                for cart in carts:
                    unit.enqueue(
                        RemindOfCart(cart.id, cart.user_id, cart.version),
                        dedupe_key=f"{cart.id}:{cart.version}",
                    )
            marked = len(carts)

    async def delete_old_session_carts(self) -> None:
        """Delete the carts of sessions that nobody touched for long, and records too old to be asked for."""
        await queries.DELETE_CHECKOUTS.run(self.database, before=_ago(KEEP_HOURS * 3600))
        await queries.DELETE_RESTORED.run(self.database, before=_ago(_RESTORED_SECONDS))
        await queries.DELETE_SESSION_CARTS.run(self.database, before=_ago(self.settings.session_cart_seconds))


def _ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)
