"""Coupons that are renamed, or whose rules change, while orders hold their uses."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.product.v1.product_pb2 import ValidateProductsRequest, ValidateProductsResponse
from bunmart_pricing import queries

from tests.services.pricing.conftest import BUN, ROLL, USER, Till, days, known
from tests.support import rpc_error
from tests.support.effort import effort

ROUNDS = effort(20)
ONE_OFF, PLAIN = "6.40", "7.40"
"""Two buns of 1.25 with delivery, less 1.00 and without."""
HIDDEN = ("coupon_id", "updated_at")


async def change(till: Till, coupon_id: str, **fields: Any) -> None:
    """An admin changes a coupon."""
    path = f"/api/coupons/{coupon_id}"
    seen = (await till.http.get(path, headers=till.admin)).json()
    body = {name: value for name, value in seen.items() if name not in HIDDEN} | fields
    answer = await till.http.put(path, json=body, headers=till.admin)
    assert answer.status_code == 200, answer.text


async def held(till: Till) -> list[dict[str, Any]]:
    rows = await till.database.fetch("SELECT * FROM coupon_uses ORDER BY order_id")
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]


async def reason(till: Till, order_id: UUID, code: str, user_id: UUID = USER) -> str:
    """Why a coupon cannot be reserved."""
    error = await rpc_error(till.reserve(order_id, code, expected=ONE_OFF, user_id=user_id))
    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "COUPON_NOT_USABLE")
    assert error.metadata["coupon_code"] == code
    return error.metadata["coupon_reason"]


async def test_a_renamed_coupon_keeps_the_uses_that_orders_hold(till: Till) -> None:
    await till.price(BUN, "1.25")
    coupon_id = await till.coupon("ONE", "1.00", limit_total=1)
    order_id = uuid4()
    await till.reserve(order_id, "ONE", expected=ONE_OFF)
    before = await held(till)

    await change(till, coupon_id, code="NEW")

    assert await reason(till, order_id, "ONE") == "UNKNOWN"
    assert await held(till) == before
    assert await reason(till, uuid4(), "NEW", uuid4()) == "USED_UP"
    await till.settle(order_id, "USED")
    assert await reason(till, uuid4(), "NEW", uuid4()) == "USED_UP"
    await till.coupon("ONE", "1.00", limit_total=1)
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF)).reserved
    await till.settle(order_id, "RELEASED")
    assert (await till.reserve(uuid4(), "NEW", expected=ONE_OFF, user_id=uuid4())).reserved


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"active": False}, "UNKNOWN"),
        ({"starts_at": days(1)}, "NOT_YET_VALID"),
        ({"ends_at": days(-1)}, "EXPIRED"),
        ({"minimum_subtotal": "2.51"}, "MINIMUM_NOT_REACHED"),
        ({"currency_code": "USD"}, "OTHER_CURRENCY"),
        ({"product_id": str(ROLL)}, "OTHER_PRODUCTS"),
        ({"first_order_only": True}, "FIRST_ORDER_ONLY"),
    ],
)
async def test_a_rule_that_changes_refuses_pay_and_takes_nothing_from_an_open_payment(
    till: Till, fields: dict[str, Any], why: str
) -> None:
    await till.price(BUN, "1.25")
    earlier, order_id = uuid4(), uuid4()
    await till.reserve(earlier, expected=PLAIN)
    await till.settle(earlier, "USED")
    coupon_id = await till.coupon("ONE", "1.00", limit_total=1)
    await till.reserve(order_id, "ONE", expected=ONE_OFF)
    before = await held(till)

    await change(till, coupon_id, **fields)

    assert await reason(till, order_id, "ONE") == why
    assert await held(till) == before
    await till.settle(order_id, "USED")
    assert [each["status"] for each in await held(till)] == ["USED"]


async def test_a_value_that_changes_is_told_and_takes_nothing_from_an_open_payment(till: Till) -> None:
    await till.price(BUN, "1.25")
    coupon_id = await till.coupon("ONE", "1.00", limit_total=1)
    order_id = uuid4()
    await till.reserve(order_id, "ONE", expected=ONE_OFF)
    before = await held(till)

    await change(till, coupon_id, value="0.50")
    again = await till.reserve(order_id, "ONE", expected=ONE_OFF)

    assert (again.reserved, again.pricing.grand_total) == (False, "6.90")
    assert await held(till) == before
    assert (await till.reserve(order_id, "ONE", expected="6.90")).reserved


async def test_a_tax_that_changes_within_the_same_total_holds_no_use(till: Till) -> None:
    """Order refuses this Pay, so nobody would use what it reserved."""
    await till.price(BUN, "1.25")
    await till.coupon("ONE", "1.00", limit_total=1)
    seen = (await till.totals((BUN, 2), coupons=["ONE"])).tax_total

    def taxed_otherwise(request: ValidateProductsRequest) -> ValidateProductsResponse:
        answer = known(request)
        answer.products[0].tax_category = "beverage"
        return answer

    till.peers.answer("ValidateProducts", taxed_otherwise)
    refused = await till.reserve(uuid4(), "ONE", expected=ONE_OFF, expected_tax=seen)

    assert (refused.reserved, refused.pricing.grand_total) == (False, ONE_OFF)
    assert refused.pricing.tax_total != seen
    assert (await held(till), await till.count("priced_orders")) == ([], 0)
    now = refused.pricing.tax_total
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF, expected_tax=now)).reserved


async def test_orders_that_come_while_a_coupon_is_renamed_share_its_limit(till: Till) -> None:
    await till.price(BUN, "1.25")
    for number in range(ROUNDS):
        old, new = f"OLD{number}", f"NEW{number}"
        coupon_id = await till.coupon(old, "1.00", limit_total=2)

        answers: list[Any] = await asyncio.gather(
            *(till.reserve(uuid4(), code, expected=ONE_OFF, user_id=uuid4()) for code in [old, new] * 4),
            change(till, coupon_id, code=new),
            return_exceptions=True,
        )

        assert answers[-1] is None, answers[-1]
        lost = {each.code() for each in answers if isinstance(each, grpc.aio.AioRpcError)}
        assert lost == {grpc.StatusCode.FAILED_PRECONDITION}
        got = [each for each in answers[:-1] if not isinstance(each, BaseException)]
        uses = [each for each in await held(till) if each["coupon_id"] == UUID(coupon_id)]
        assert len(uses) == len(got) <= 2


@pytest.mark.parametrize("way", ["new", "renamed"])
async def test_a_code_that_comes_between_lock_and_count_is_not_used_without_a_lock(
    till: Till, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Both orders would find the last use, because neither waits for the other."""
    await till.price(BUN, "1.25")
    coupon_id = await till.coupon("OTHER", "1.00", limit_total=1)
    locked, go_on = asyncio.Semaphore(0), asyncio.Event()
    lock: Callable[..., Any] = queries.LOCK_COUPONS.all

    async def lock_and_wait(*args: Any, **params: Any) -> Any:
        found = await lock(*args, **params)
        locked.release()
        await go_on.wait()
        return found

    monkeypatch.setattr(queries.LOCK_COUPONS, "all", lock_and_wait)
    orders = [
        asyncio.create_task(rpc_error(till.reserve(uuid4(), "ONE", expected=ONE_OFF, user_id=uuid4())))
        for _ in range(2)
    ]
    for _ in orders:
        await locked.acquire()

    if way == "new":
        await till.coupon("ONE", "1.00", limit_total=1)
    else:
        await change(till, coupon_id, code="ONE")
    go_on.set()

    assert [each.metadata["coupon_reason"] for each in await asyncio.gather(*orders)] == ["UNKNOWN"] * 2
    assert await held(till) == []
    assert (await till.reserve(uuid4(), "ONE", expected=ONE_OFF)).reserved
