"""Refunds: a part, pieces, all that is left; by order or at Stripe."""

import asyncio
from typing import Any

import pytest
from bunmart.payment.v1.payment_pb2 import RefundOrderRequest, RefundOrderResponse
from bunmart_chassis.errors import FailedPreconditionError

from tests.services.order.conftest import BUN, ROLL, Shop
from tests.support import problem


async def _refund(shop: Shop, order_id: str, **body: Any) -> Any:
    return await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"reason": "stale", **body}, headers=shop.admin
    )


async def _refunds(shop: Shop, order_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await shop.http.get(f"/api/orders/{order_id}/refunds", headers=shop.customer)
    ).json()
    return found


async def test_a_part_is_given_back_with_its_tax(shop: Shop) -> None:
    order_id = await shop.at("completed")

    response = await _refund(shop, order_id, amount="5.00")

    assert response.status_code == 201
    taxes = response.json()["taxes"]
    assert {part["rate"] for part in taxes} == {"7", "19"}
    assert sum(float(part["amount"]) for part in taxes) == pytest.approx(5.0)
    await shop.service.settle()
    (request,) = shop.peers.requests("RefundOrder")
    assert (request.amount, request.reason) == ("5.00", "stale")
    assert [refund["status"] for refund in await _refunds(shop, order_id)] == ["PENDING"]
    assert (await shop.read(order_id))["refunded_total"] == "5.00"

    await shop.payment_result(order_id, "REFUNDED", "5.00")

    order = await shop.read(order_id)
    assert (order["status"], order["payment_status"], order["refunded_total"]) == (
        "completed",
        "SUCCEEDED",
        "5.00",
    )
    (refund,) = await _refunds(shop, order_id)
    assert (refund["status"], refund["reason"]) == ("SUCCEEDED", None)


async def test_pieces_are_given_back_at_what_they_cost(shop: Shop) -> None:
    order_id = await shop.at("shipped")

    response = await _refund(shop, order_id, lines=[{"product_id": str(BUN), "quantity": 1}])

    assert response.json()["amount"] == "2.50"
    assert response.json()["taxes"] == [{"rate": "7", "amount": "2.50", "tax": "0.16"}]
    too_many = await _refund(shop, order_id, lines=[{"product_id": str(BUN), "quantity": 2}])
    assert (too_many.status_code, problem(too_many)["errors"][0]["field"]) == (400, "lines")
    assert len(await _refunds(shop, order_id)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "0.00"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1.00", "lines": [{"product_id": str(BUN), "quantity": 1}]}, "amount"),
        ({"lines": [{"product_id": str(BUN), "quantity": 0}]}, "lines[0].quantity"),
        ({"amount": "1.00", "reason": ""}, "reason"),
    ],
)
async def test_a_bad_refund_names_the_field(shop: Shop, body: dict[str, Any], field: str) -> None:
    order_id = await shop.at("completed")

    response = await _refund(shop, order_id, **body)

    assert response.status_code == 400
    assert field in problem(response)["errors"][0]["field"]
    assert await _refunds(shop, order_id) == []


async def test_no_more_than_is_left_is_given_back(shop: Shop) -> None:
    order_id = await shop.at("completed")
    assert (await _refund(shop, order_id, amount="10.00")).status_code == 201

    response = await _refund(shop, order_id, amount="2.41")

    assert (response.status_code, problem(response)["code"]) == (409, "REFUND_EXCEEDS_PAYMENT")
    assert problem(response)["metadata"] == {"left": "2.40", "currency": "EUR"}
    await shop.service.settle()
    assert len(shop.peers.calls("RefundOrder")) == 1


async def test_an_unpaid_order_has_nothing_to_give_back(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)

    response = await _refund(shop, order_id, amount="1.00")

    assert (response.status_code, problem(response)["code"]) == (409, "REFUND_EXCEEDS_PAYMENT")
    assert await _refunds(shop, order_id) == []


async def test_a_customer_refunds_nothing(shop: Shop) -> None:
    order_id = await shop.at("completed")

    response = await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"amount": "1.00", "reason": "r"}, headers=shop.customer
    )

    assert response.status_code == 403
    assert await _refunds(shop, order_id) == []


@pytest.mark.parametrize("status", ["paid", "production", "prepared", "packed"])
async def test_a_refund_of_all_that_is_left_ends_an_order_in_the_bakery(shop: Shop, status: str) -> None:
    order_id = await shop.at(status)
    await _refund(shop, order_id, amount="2.40")

    await _refund(shop, order_id)

    assert await shop.status(order_id) == "cancelled"
    await shop.service.settle()
    assert shop.peers.calls("CancelProductionOrder")
    assert [refund["amount"] for refund in await _refunds(shop, order_id)] == ["2.40", "10.00"]


@pytest.mark.parametrize("status", ["paid", "production", "prepared", "packed"])
async def test_money_that_was_given_back_at_stripe_ends_an_order_in_the_bakery(
    shop: Shop, status: str
) -> None:
    order_id = await shop.at(status)

    await shop.payment_result(order_id, "REFUNDED", "12.40")

    assert await shop.status(order_id) == "cancelled"
    await shop.service.settle()
    assert shop.peers.calls("CancelProductionOrder")
    assert shop.peers.calls("CancelShipment")
    assert shop.peers.calls("RefundOrder") == []
    assert [request.order_id for request in shop.peers.requests("CloseOrderPayments")] == [order_id]


@pytest.mark.parametrize("status", ["shipping", "shipped", "completed"])
async def test_a_full_refund_on_its_way_leaves_the_state(shop: Shop, status: str) -> None:
    order_id = await shop.at(status)

    await shop.payment_result(order_id, "REFUNDED", "12.40")

    order = await shop.read(order_id)
    assert (order["status"], order["payment_status"]) == (status, "REFUNDED")
    assert bool(order["attention"]) is (status == "shipping")


async def test_a_refund_that_payment_refuses_is_shown_to_an_admin_and_leaves_the_money(shop: Shop) -> None:
    order_id = await shop.at("completed")
    refusal = FailedPreconditionError("So much is not left.", code="PAYMENT_NOT_REFUNDABLE")
    shop.peers.fail("RefundOrder", refusal)

    await _refund(shop, order_id, amount="5.00")
    await shop.service.settle()

    order = await shop.read(order_id)
    assert (order["refunded_total"], "failed" in order["attention"]) == ("0.00", True)
    assert [refund["status"] for refund in await _refunds(shop, order_id)] == ["FAILED"]


async def test_a_refund_whose_notice_never_came_is_asked_for(shop: Shop) -> None:
    order_id = await shop.at("completed")
    await _refund(shop, order_id, amount="5.00")
    await shop.service.settle()

    def done(request: RefundOrderRequest) -> RefundOrderResponse:
        return RefundOrderResponse(refund_id=request.refund_id, status="SUCCEEDED", amount="5.00")

    shop.peers.answer("RefundOrder", done)
    await shop.service.run_delayed("CarryRefund")

    assert [refund["status"] for refund in await _refunds(shop, order_id)] == ["SUCCEEDED"]
    assert (await shop.read(order_id))["refunded_total"] == "5.00"
    await shop.payment_result(order_id, "REFUNDED", "5.00")
    assert (await shop.read(order_id))["refunded_total"] == "5.00"


async def test_an_open_refund_is_asked_for_at_once_when_another_sum_is_reported(shop: Shop) -> None:
    order_id = await shop.at("completed")
    await _refund(shop, order_id, amount="5.00")
    await shop.service.settle()

    def done(request: RefundOrderRequest) -> RefundOrderResponse:
        return RefundOrderResponse(refund_id=request.refund_id, status="SUCCEEDED", amount="3.00")

    shop.peers.answer("RefundOrder", done)
    await shop.payment_result(order_id, "REFUNDED", "3.00")
    await shop.service.settle()

    assert [(each["status"], each["amount"]) for each in await _refunds(shop, order_id)] == [
        ("SUCCEEDED", "3.00")
    ]


async def test_late_and_repeated_refund_reports_never_take_back(shop: Shop) -> None:
    order_id = await shop.at("completed")

    for total in ("5.00", "3.00", "5.00"):
        await shop.payment_result(order_id, "REFUNDED", total)

    assert (await shop.read(order_id))["refunded_total"] == "5.00"


async def test_ten_refunds_at_once_give_back_no_more_than_was_paid(shop: Shop) -> None:
    order_id = await shop.at("completed")

    answers = await asyncio.gather(*(_refund(shop, order_id, amount="5.00") for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 8
    line = await _refund(shop, order_id, lines=[{"product_id": str(ROLL), "quantity": 1}])
    assert line.status_code == 409
