"""Coupons with limits: reserved at Pay, counted when paid, given back otherwise, right in a race."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from bunmart.pricing.v1.pricing_pb2 import ReserveOrderPricingRequest, SettleOrderPricingRequest

from tests.services.pricing.conftest import BUN, USER, Till, order_request
from tests.support import rpc_error
from tests.support.effort import effort

ROUNDS = effort(60)
pytestmark = pytest.mark.timeout(600)
ONE_OFF = "6.40"
"""Two buns of 1.25, less 1.00, with delivery."""
PLAIN = "7.40"


async def shop(till: Till, **limits: Any) -> None:
    await till.price(BUN, "1.25")
    await till.coupon("ONE", "1.00", **limits)


async def refusal(till: Till, order_id: UUID, user_id: UUID = USER) -> tuple[str, str]:
    """The code and the reason of the refusal to reserve."""
    error = await rpc_error(till.reserve(order_id, "ONE", expected=ONE_OFF, user_id=user_id))
    assert error.status == grpc.StatusCode.FAILED_PRECONDITION
    return error.reason, error.metadata["coupon_reason"]


async def uses(till: Till) -> list[tuple[UUID, str]]:
    rows = await till.database.fetch("SELECT order_id, status FROM coupon_uses ORDER BY order_id")
    return [(row["order_id"], row["status"]) for row in rows]


async def test_of_a_hundred_customers_one_gets_the_last_use(till: Till) -> None:
    await shop(till, limit_total=1)

    answers = await asyncio.gather(
        *(till.reserve(uuid4(), "ONE", expected=ONE_OFF, user_id=uuid4()) for _ in range(100)),
        return_exceptions=True,
    )

    reserved = [each for each in answers if not isinstance(each, BaseException)]
    assert [each.reserved for each in reserved] == [True]
    assert await till.count("coupon_uses") == 1
    assert await till.count("priced_orders") == 1
    lost = {each.code() for each in answers if isinstance(each, grpc.aio.AioRpcError)}
    assert lost == {grpc.StatusCode.FAILED_PRECONDITION}


async def test_of_many_orders_of_one_customer_as_many_as_his_limit_are_reserved(till: Till) -> None:
    await shop(till, limit_per_customer=2)

    answers = await asyncio.gather(
        *(till.reserve(uuid4(), "ONE", expected=ONE_OFF) for _ in range(12)), return_exceptions=True
    )

    assert len([each for each in answers if not isinstance(each, BaseException)]) == 2
    assert await till.count("coupon_uses") == 2
    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "USED_BY_CUSTOMER")
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF, user_id=uuid4())).reserved


async def test_a_repeat_replaces_what_the_order_reserved(till: Till) -> None:
    await shop(till, limit_total=1)
    await till.coupon("TWO", "2.00", limit_total=1)
    order_id = uuid4()

    both = [await till.reserve(order_id, "ONE", expected=ONE_OFF) for _ in range(2)]
    other = await till.reserve(order_id, "TWO", expected="5.40")
    none = await till.reserve(uuid4(), "ONE", expected=ONE_OFF)

    assert [each.reserved for each in (*both, other, none)] == [True] * 4
    assert both[0] == both[1]
    assert await till.count("coupon_uses") == 2
    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "USED_UP")


async def test_repeats_at_the_same_time_leave_one_reservation(till: Till) -> None:
    await shop(till)
    await till.coupon("TWO", "2.00")
    order_id = uuid4()

    await asyncio.gather(
        *(
            till.reserve(order_id, code, expected=expected)
            for code, expected in [("ONE", ONE_OFF), ("TWO", "5.40")] * 6
        )
    )

    assert len(await uses(till)) == 1


async def test_another_total_reserves_nothing_and_says_what_it_costs_now(till: Till) -> None:
    await shop(till, limit_total=1)
    coupons = (await till.http.get("/api/coupons", headers=till.admin)).json()["items"]

    answer = await till.reserve(uuid4(), "ONE", expected=PLAIN)
    assert (answer.reserved, answer.pricing.grand_total) == (False, ONE_OFF)
    assert (await till.count("coupon_uses"), await till.count("priced_orders")) == (0, 0)

    await till.http.delete(f"/api/coupons/{coupons[0]['coupon_id']}", headers=till.admin)
    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "UNKNOWN")


async def test_a_reservation_ends_by_itself(till: Till) -> None:
    await shop(till, limit_total=1)
    first, second = uuid4(), uuid4()
    await till.reserve(first, "ONE", expected=ONE_OFF)
    assert await refusal(till, second) == ("COUPON_NOT_USABLE", "USED_UP")

    await till.database.execute("UPDATE coupon_uses SET reserved_until = now() - interval '1 second'")

    assert (await till.reserve(second, "ONE", expected=ONE_OFF)).reserved


async def test_a_use_is_counted_when_paid_and_given_back_when_not(till: Till) -> None:
    await shop(till, limit_total=1)
    first, second = uuid4(), uuid4()

    await till.reserve(first, "ONE", expected=ONE_OFF)
    await till.settle(first, "USED")
    await till.database.execute("UPDATE coupon_uses SET reserved_until = now() - interval '1 second'")
    assert await refusal(till, second) == ("COUPON_NOT_USABLE", "USED_UP")

    await till.settle(first, "RELEASED")
    assert (await till.reserve(second, "ONE", expected=ONE_OFF)).reserved
    for _ in range(2):
        await till.settle(second, "RELEASED")
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF)).reserved


async def test_the_late_report_of_a_failed_payment_takes_nothing_from_the_next_attempt(till: Till) -> None:
    await shop(till, limit_total=1)
    order_id = uuid4()
    await till.reserve(order_id, "ONE", expected=ONE_OFF, attempt=1)
    await till.reserve(order_id, "ONE", expected=ONE_OFF, attempt=2)

    await till.settle(order_id, "RELEASED", attempt=1)

    assert await uses(till) == [(order_id, "RESERVED")]
    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "USED_UP")
    await till.settle(order_id, "RELEASED", attempt=2)
    assert await uses(till) == [(order_id, "RELEASED")]
    await till.settle(order_id, "USED", attempt=1)
    assert await uses(till) == [(order_id, "USED")]
    await till.settle(order_id, "RELEASED")
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF)).reserved


async def test_the_end_of_a_payment_and_the_next_attempt_at_the_same_time_leave_it_reserved(
    till: Till,
) -> None:
    await shop(till)
    for _ in range(ROUNDS):
        order_id = uuid4()
        await till.reserve(order_id, "ONE", expected=ONE_OFF, attempt=1)

        await asyncio.gather(
            till.settle(order_id, "RELEASED", attempt=1),
            till.reserve(order_id, "ONE", expected=ONE_OFF, attempt=2),
            till.settle(order_id, "RELEASED", attempt=1),
        )

        assert dict(await uses(till))[order_id] == "RESERVED"


async def test_an_attempt_that_cannot_be_is_refused(till: Till) -> None:
    await shop(till)
    order_id = uuid4()

    for call in (
        till.reserve(order_id, "ONE", expected=ONE_OFF, attempt=-1),
        till.settle(order_id, "USED", attempt=-1),
    ):
        error = await rpc_error(call)
        assert (error.status, list(error.fields)) == (grpc.StatusCode.INVALID_ARGUMENT, ["attempt"])

    assert await till.count("priced_orders") == 0


async def test_money_that_comes_late_counts_the_use_again(till: Till) -> None:
    await shop(till, limit_total=1)
    first, second = uuid4(), uuid4()
    await till.reserve(first, "ONE", expected=ONE_OFF)
    await till.settle(first, "RELEASED")
    await till.reserve(second, "ONE", expected=ONE_OFF)

    await till.settle(first, "USED")

    assert dict(await uses(till)) == {first: "USED", second: "RESERVED"}
    await till.settle(second, "RELEASED")
    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "USED_UP")


async def test_an_order_that_is_paid_keeps_its_uses(till: Till) -> None:
    await shop(till, limit_total=1)
    order_id = uuid4()
    await till.reserve(order_id, "ONE", expected=ONE_OFF)
    await till.settle(order_id, "USED")

    assert (await till.reserve(order_id, expected=PLAIN)).reserved
    assert await uses(till) == [(order_id, "USED")]


async def test_a_first_order_is_that_of_a_customer_who_paid_none(till: Till) -> None:
    await shop(till, first_order_only=True)
    old, new, other = uuid4(), uuid4(), uuid4()

    await till.reserve(old, expected=PLAIN)
    assert (await till.reserve(new, "ONE", expected=ONE_OFF)).reserved
    assert await refusal(till, other) == ("COUPON_NOT_USABLE", "FIRST_ORDER_ONLY")
    await till.settle(new, "RELEASED")
    await till.settle(old, "USED")

    assert await refusal(till, other) == ("COUPON_NOT_USABLE", "FIRST_ORDER_ONLY")
    assert (await till.reserve(other, "ONE", expected=ONE_OFF, user_id=uuid4())).reserved
    await till.settle(old, "RELEASED")
    assert (await till.reserve(new, "ONE", expected=ONE_OFF)).reserved


async def test_of_orders_that_are_paid_at_once_one_is_the_first(till: Till) -> None:
    """However many coupons for a first order the customer has."""
    await shop(till, first_order_only=True)
    await till.coupon("TWO", "1.00", first_order_only=True)
    codes = ("ONE", "TWO", "ONE", "TWO")
    for _ in range(effort(10)):
        user_id = uuid4()
        pays = [till.reserve(uuid4(), code, expected=ONE_OFF, user_id=user_id) for code in codes]
        answers = await asyncio.gather(*pays, return_exceptions=True)

        refused = [each for each in answers if isinstance(each, grpc.aio.AioRpcError)]
        assert len(refused) == len(codes) - 1
        assert all("is for the first order only" in (each.details() or "") for each in refused)


async def test_an_order_counts_its_own_reservation_as_usable(till: Till) -> None:
    await shop(till, limit_total=1, limit_per_customer=1, first_order_only=True)
    order_id = uuid4()
    await till.reserve(order_id, "ONE", expected=ONE_OFF)
    own, strange = order_request((BUN, 2), coupons=["ONE"]), order_request((BUN, 2), coupons=["ONE"])
    own.order_id, strange.order_id = str(order_id), str(uuid4())

    assert (await till.stub.CalculateOrderPricing(own)).grand_total == ONE_OFF
    error = await rpc_error(till.stub.CalculateOrderPricing(strange))
    assert error.metadata == {"coupon_code": "ONE", "coupon_reason": "USED_UP"}


async def test_an_unknown_order_is_acknowledged(till: Till) -> None:
    for outcome in ("USED", "RELEASED"):
        await till.settle(uuid4(), outcome)

    assert await till.count("priced_orders") == 0


async def test_a_bad_request_names_the_field_and_reserves_nothing(till: Till) -> None:
    await shop(till)
    order = order_request((BUN, 2), coupons=["ONE"])
    order.order_id = str(uuid4())
    good = ReserveOrderPricingRequest(order=order, expected_total=ONE_OFF, hold_seconds=60)

    def changed(field: str, value: Any) -> ReserveOrderPricingRequest:
        request = ReserveOrderPricingRequest()
        request.CopyFrom(good)
        setattr(request.order if field in {"order_id", "user_id"} else request, field, value)
        return request

    for request, field in (
        (changed("order_id", ""), "order.order_id"),
        (changed("order_id", "x"), "order.order_id"),
        (changed("user_id", ""), "order.user_id"),
        (changed("expected_total", ""), "expected_total"),
        (changed("expected_total", "-1"), "expected_total"),
        (changed("expected_tax_total", "x"), "expected_tax_total"),
        (changed("expected_tax_total", "-1"), "expected_tax_total"),
        (changed("hold_seconds", 0), "hold_seconds"),
        (changed("hold_seconds", 2**31 - 1), "hold_seconds"),
        (ReserveOrderPricingRequest(), "order.user_id"),
    ):
        error = await rpc_error(till.stub.ReserveOrderPricing(request))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    for settle, field in (
        (SettleOrderPricingRequest(order_id="x", outcome="USED"), "order_id"),
        (SettleOrderPricingRequest(order_id=str(uuid4()), outcome="RESERVED"), "outcome"),
        (SettleOrderPricingRequest(order_id=str(uuid4())), "outcome"),
    ):
        error = await rpc_error(till.stub.SettleOrderPricing(settle))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])

    assert await till.count("priced_orders") == 0


async def test_a_coupon_that_is_deleted_while_it_is_reserved_ends_with_its_uses(till: Till) -> None:
    await till.price(BUN, "1.25")
    for _ in range(ROUNDS):
        coupon_id = await till.coupon("ONE", "1.00", limit_total=5)
        orders = [uuid4() for _ in range(8)]
        early = uuid4()
        await till.reserve(early, "ONE", expected=ONE_OFF, user_id=uuid4())

        answers: list[Any] = await asyncio.gather(
            *(till.reserve(each, "ONE", expected=ONE_OFF, user_id=uuid4()) for each in orders),
            till.http.delete(f"/api/coupons/{coupon_id}", headers=till.admin),
            till.settle(early, "USED"),
            *(till.settle(each, "RELEASED") for each in orders[:2]),
            return_exceptions=True,
        )

        refused = {each.code() for each in answers if isinstance(each, grpc.aio.AioRpcError)}
        assert refused <= {grpc.StatusCode.FAILED_PRECONDITION}
        assert not [each for each in answers if isinstance(each, Exception) and not hasattr(each, "code")]
        assert [each.status_code for each in answers if isinstance(each, httpx.Response)] == [204]
        assert await uses(till) == []
        assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "UNKNOWN")


async def test_a_limit_below_the_uses_lets_nobody_in_and_takes_nothing_from_those_inside(till: Till) -> None:
    await shop(till, limit_total=3)
    inside = [uuid4() for _ in range(3)]
    for each in inside:
        await till.reserve(each, "ONE", expected=ONE_OFF, user_id=uuid4())

    await till.database.execute("UPDATE coupons SET limit_total = 1")

    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "USED_UP")
    for each in inside:
        await till.settle(each, "USED")
    assert sorted(await uses(till)) == sorted((each, "USED") for each in inside)
    await till.settle(inside[0], "RELEASED")
    await till.settle(inside[1], "RELEASED")
    assert await refusal(till, uuid4()) == ("COUPON_NOT_USABLE", "USED_UP")
    await till.settle(inside[2], "RELEASED")
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF, user_id=uuid4())).reserved
