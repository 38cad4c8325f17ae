"""Edges of times that end something: it holds until before the last moment, in whatever zone it is written."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from bunmart_order import queries
from bunmart_order.domain import has_valid_quote, new_order

from tests.services.order.conftest import Shop

MOMENT = timedelta(microseconds=1)
QUOTED = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""Half an hour before clocks in Berlin are put forward."""
BERLIN_IN_SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize("zone", [UTC, BERLIN_IN_SUMMER])
@pytest.mark.parametrize(
    ("age", "valid"),
    [
        (timedelta(0), True),
        (timedelta(seconds=3599), True),
        (timedelta(seconds=3600) - MOMENT, True),
        (timedelta(seconds=3600), False),
        (timedelta(seconds=3601), False),
    ],
)
def test_a_quote_holds_until_before_its_life_time_is_over(
    zone: timezone, age: timedelta, *, valid: bool
) -> None:
    order = new_order(uuid4(), None)
    order.quoted_at = QUOTED

    assert has_valid_quote(order, 3600, (QUOTED + age).astimezone(zone)) is valid


def test_an_order_without_prices_has_no_quote() -> None:
    assert not has_valid_quote(new_order(uuid4(), None), 3600, QUOTED)


async def test_times_of_an_order_are_kept_in_utc(shop: Shop) -> None:
    before = datetime.now(UTC)
    order_id = await shop.intent()
    order = await shop.details(order_id)
    after = datetime.now(UTC)

    for name in ("created_at", "quoted_at"):
        assert before <= datetime.fromisoformat(order[name]) <= after
        assert order[name].endswith("Z")


async def test_an_unpaid_order_expires_at_the_moment_and_not_before(shop: Shop) -> None:
    order_id = UUID(await shop.intent())
    (row,) = await shop.database.fetch("SELECT created_at FROM orders")

    async def unpaid(before: datetime) -> list[UUID]:
        return await queries.UNPAID_ORDERS.all(shop.database, before=before, count=10)

    created: datetime = row["created_at"]
    assert await unpaid(created - MOMENT) == []
    assert await unpaid(created) == await unpaid(created.astimezone(BERLIN_IN_SUMMER)) == [order_id]


async def test_the_sweep_ends_what_is_too_old_and_leaves_the_rest(shop: Shop) -> None:
    old, young = await shop.intent(), await shop.intent()
    for order_id, age in ((old, "48 hours"), (young, "47 hours")):
        await shop.database.execute(
            "UPDATE orders SET created_at = now() - $2::text::interval WHERE id::text = $1", order_id, age
        )

    await shop.sweep()

    assert (await shop.status(old), await shop.status(young)) == ("cancelled", "pending")
