"""Races of an order's commands: each ends as if one had come after the other."""

import asyncio
from typing import Any

import pytest
from bunmart.payment.v1.payment_pb2 import GetPaymentStatusResponse

from tests.services.order.conftest import Shop
from tests.support import rpc_error
from tests.support.effort import effort

ROUNDS = effort(40)
pytestmark = pytest.mark.timeout(600)


async def _states(shop: Shop, order_id: str) -> list[str]:
    rows = await shop.database.fetch(
        "SELECT to_status FROM order_events WHERE order_id::text = $1 AND from_status IS DISTINCT FROM to_status "
        "ORDER BY id",
        order_id,
    )
    return [row["to_status"] for row in rows]


async def _refunds(shop: Shop, order_id: str) -> int:
    rows = await shop.database.fetch("SELECT 1 FROM refunds WHERE order_id::text = $1", order_id)
    return len(rows)


async def _quiet(call: Any) -> None:
    try:
        await call
    except Exception:  # noqa: BLE001 - a refusal is one of the two right ends
        return


@pytest.mark.parametrize("delay", [0.0, 0.004])
async def test_cancel_and_payment_end_paid_back_or_refused(shop: Shop, delay: float) -> None:
    for _ in range(ROUNDS):
        order_id = await shop.intent()
        await shop.details(order_id)
        await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

        async def later(order_id: str = order_id) -> None:
            await asyncio.sleep(delay)
            await _quiet(shop.payment_result(order_id, "SUCCEEDED"))

        await asyncio.gather(shop.cancel(order_id, shop.customer), later())

        states = await _states(shop, order_id)
        assert states in (["pending", "cancelled"], ["pending", "paid", "cancelled"])
        assert await _refunds(shop, order_id) == (1 if "paid" in states else 0)
    await shop.service.settle()


async def test_cancel_and_pay_leave_no_open_payment_at_a_cancelled_order(shop: Shop) -> None:
    for _ in range(ROUNDS):
        order_id = await shop.intent()
        await shop.details(order_id)

        pay, cancelled = await asyncio.gather(
            shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer),
            shop.cancel(order_id, shop.customer),
        )

        assert (pay.status_code, cancelled.status_code) in ((200, 200), (409, 200))
        assert await shop.status(order_id) == "cancelled"
    await shop.service.settle()
    assert len(shop.peers.calls("CloseOrderPayments")) == ROUNDS


async def test_cancel_and_produce_end_in_production_or_with_a_stop(shop: Shop) -> None:
    for _ in range(ROUNDS):
        order_id = await shop.paid()

        produced, _ = await asyncio.gather(shop.produce(order_id), shop.cancel(order_id, shop.customer))

        status = await shop.status(order_id)
        states = await _states(shop, order_id)
        if status == "cancelled":
            assert await _refunds(shop, order_id) == 1
            assert states == ["pending", "paid", "cancelled"]
            assert produced.status_code == 409
        else:
            assert (status, await _refunds(shop, order_id)) == ("production", 0)
    await shop.service.settle()
    stopped = {request.user_order_id for request in shop.peers.requests("CancelProductionOrder")}
    cancelled = await shop.database.fetch("SELECT id FROM orders WHERE status = 'cancelled'")
    assert stopped == {str(row["id"]) for row in cancelled}


async def test_ten_cancellations_at_once_refund_once(shop: Shop) -> None:
    order_id = await shop.at("packed")

    answers = await asyncio.gather(*(shop.cancel(order_id, shop.admin) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    await shop.service.settle()
    assert len(shop.peers.calls("RefundOrder")) == 1
    assert (await _states(shop, order_id))[-2:] == ["packed", "cancelled"]


async def test_expiry_and_payment_end_paid_or_cancelled(shop: Shop) -> None:
    orders = []
    for _ in range(ROUNDS):
        order_id = await shop.intent()
        await shop.details(order_id)
        await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
        orders.append(order_id)
    shop.peers.answer("GetPaymentStatus", GetPaymentStatusResponse(status="PENDING"))

    await asyncio.gather(
        shop.service.run_delayed("ExpireOrder"),
        *(_quiet(shop.payment_result(order_id, "SUCCEEDED")) for order_id in orders),
    )

    for order_id in orders:
        states = await _states(shop, order_id)
        assert states in (["pending", "paid"], ["pending", "cancelled"])
        assert await _refunds(shop, order_id) == 0


async def test_a_late_success_after_expiry_is_refused(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    await shop.service.run_delayed("ExpireOrder")

    error = await rpc_error(shop.payment_result(order_id, "SUCCEEDED"))

    assert error.reason == "ORDER_NOT_PAYABLE"
