"""Scheduled prices when the clocks change, and in the time between two of them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import grpc
import pytest
from bunmart.pricing.v1.pricing_pb2 import CalculatePriceRequest, GetPricesRequest

from tests.services.pricing.conftest import BUN, ROLL, Till, days
from tests.support import problem, rpc_error

SUMMER, WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
"""The offsets of Berlin before and after the clocks are set back."""
HALF_AN_HOUR = timedelta(minutes=30)


def around() -> tuple[datetime, datetime]:
    """A time half an hour ago in summer time, and one in half an hour in winter time: the clock says the same."""
    now = datetime.now(UTC)
    before, after = (now - HALF_AN_HOUR).astimezone(SUMMER), (now + HALF_AN_HOUR).astimezone(WINTER)
    assert before.replace(tzinfo=None) == after.replace(tzinfo=None)
    return before, after


async def unit_price(till: Till) -> str:
    found: str = (await till.quote((BUN, 1)))["lines"][0]["unit_price"]
    return found


async def test_an_hour_that_comes_twice_is_an_hour(till: Till) -> None:
    before, after = around()
    await till.price(BUN, "2.00")
    night = await till.price(BUN, "1.00", valid_from=before.isoformat(), valid_until=after.isoformat())

    assert await unit_price(till) == "1.00"
    prices = (await till.http.get("/api/prices", headers=till.admin)).json()["items"]
    shown = next(each for each in prices if each["price_id"] == night)
    times = [datetime.fromisoformat(shown[name]) for name in ("valid_from", "valid_until")]
    assert times == [before, after]
    assert times[1] - times[0] == 2 * HALF_AN_HOUR


async def test_a_price_until_the_first_and_one_from_the_second_leave_an_hour_without(till: Till) -> None:
    """The same time on the clock, written with the offsets of both sides."""
    before, after = around()
    await till.price(BUN, "2.00", valid_until=before.isoformat())
    await till.price(BUN, "3.00", valid_from=after.isoformat())

    answer = await till.http.get(f"/api/prices/product/{BUN}")

    assert (answer.status_code, problem(answer)["code"]) == (404, "PRICE_NOT_FOUND")


async def test_a_window_that_only_looks_forward_on_the_clock_is_refused(till: Till) -> None:
    """From 2:10 after the change until 2:50 before it, 20 minutes earlier."""
    window: dict[str, Any] = {
        "valid_from": "2026-10-25T02:10:00+01:00",
        "valid_until": "2026-10-25T02:50:00+02:00",
    }

    refused = await till.post("price", product_id=str(BUN), unit_price="1.00", **window)

    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "valid_until")
    assert await till.count("prices") == 0
    turned: dict[str, Any] = {"valid_from": window["valid_until"], "valid_until": window["valid_from"]}
    assert (await till.post("price", product_id=str(BUN), unit_price="1.00", **turned)).status_code == 201


@pytest.mark.parametrize("time", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
async def test_a_time_without_an_offset_is_refused_because_it_may_come_twice_or_never(
    till: Till, time: str
) -> None:
    refused = await till.post("price", product_id=str(BUN), unit_price="1.00", valid_from=time)

    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "valid_from")
    assert await till.count("prices") == 0


async def test_one_moment_is_one_price_however_it_is_written(till: Till) -> None:
    moment = datetime.now(UTC) - HALF_AN_HOUR
    await till.price(BUN, "1.00", valid_from=moment.astimezone(SUMMER).isoformat())

    taken = await till.post(
        "price", product_id=str(BUN), unit_price="2.00", valid_from=moment.astimezone(WINTER).isoformat()
    )

    assert (taken.status_code, problem(taken)["code"]) == (409, "PRICE_EXISTS")
    assert await till.count("prices") == 1


@pytest.mark.parametrize(
    "left", [{"minimum_quantity": 3}, {"valid_from": days(1)}], ids=["for more pieces", "later"]
)
async def test_every_way_to_ask_says_that_there_is_no_price_now(till: Till, left: dict[str, Any]) -> None:
    await till.price(ROLL, "1.00")
    await till.price(BUN, "2.00", valid_until=days(-1))
    await till.price(BUN, "1.50", **left)
    await till.coupon("ONE", "1.00", limit_total=1)

    items = [{"product_id": str(each), "quantity": 2} for each in (ROLL, BUN)]
    quoted = await till.http.post("/api/quotes", json={"items": items, "coupon_codes": ["ONE"]})
    one = CalculatePriceRequest(product_id=str(BUN), quantity=2)
    asked = [
        await rpc_error(till.stub.CalculatePrice(one)),
        await rpc_error(till.totals((ROLL, 2), (BUN, 2))),
        await rpc_error(till.reserve(uuid4(), "ONE", expected="9.90", items=((ROLL, 2), (BUN, 2)))),
    ]

    named = {"product_id": str(BUN), "product_ids": str(BUN)}
    assert (quoted.status_code, problem(quoted)["code"]) == (404, "PRICE_NOT_FOUND")
    assert problem(quoted)["metadata"] == named
    for error in asked:
        assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "PRICE_NOT_FOUND")
        assert error.metadata == named
    assert (await till.count("coupon_uses"), await till.count("priced_orders")) == (0, 0)
    shown = (await till.stub.GetPrices(GetPricesRequest(product_ids=[str(ROLL), str(BUN)]))).prices
    small = [each.product_id for each in shown if each.minimum_quantity <= 2]
    assert small == [str(ROLL)]


@pytest.mark.parametrize(
    ("terms", "total"),
    [({"delivery_fee": "5.90", "free_from": "30.00"}, "7.90"), ({"delivery_fee": "4.90", "free_from": "2.00"}, "2.00")],
    ids=["the fee", "the threshold"],
)  # fmt: skip
async def test_delivery_that_costs_something_else_by_now_reserves_nothing(
    till: Till, open_till: Callable[..., Awaitable[Till]], terms: dict[str, str], total: str
) -> None:
    """The same shop, started again with another setting."""
    await till.price(BUN, "1.00")
    assert (await till.totals((BUN, 2))).grand_total == "6.90"
    again = await open_till(database_url=till.service.url, shop_currencies={"EUR": terms})

    answer = await again.reserve(uuid4(), expected="6.90")

    assert (answer.reserved, answer.pricing.grand_total) == (False, total)
    assert await till.count("priced_orders") == 0
