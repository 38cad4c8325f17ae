"""Paying: attempts, results in any order, money that is not for this order."""

import asyncio
from uuid import uuid4

import grpc
from bunmart.order.v1 import order_pb2
from bunmart.payment.v1.payment_pb2 import CreatePaymentIntentResponse, GetPaymentStatusResponse
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingRequest, CalculateOrderPricingResponse

from tests.services.order.conftest import PAYMENT, Shop, price
from tests.support import problem, rpc_error
from tests.support.secrets import places_of


def _for_nothing(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
    priced = price(request)
    priced.discount_total, priced.total = priced.subtotal, "0.00"
    priced.delivery_total = priced.grand_total = "0.00"
    return priced


def _notify(order_id: str, status: str = "SUCCEEDED") -> order_pb2.NotifyPaymentResultRequest:
    return order_pb2.NotifyPaymentResultRequest(order_id=order_id, payment_id=str(PAYMENT), status=status)


async def test_pay_returns_what_the_payment_page_needs(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)

    response = await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    assert response.json() == {"payment_intent_id": str(PAYMENT), "client_secret": "secret"}
    (request,) = shop.peers.requests("CreatePaymentIntent")
    assert (request.amount, request.currency_code, request.order_id) == ("12.40", "EUR", order_id)
    assert await shop.status(order_id) == "pending"


async def test_the_secret_of_a_payment_is_kept_nowhere(shop: Shop) -> None:
    secret = "pi_1_secret_of_this_payment"
    shop.peers.answer(
        "CreatePaymentIntent",
        CreatePaymentIntentResponse(payment_id=str(PAYMENT), client_secret=secret, status="PENDING"),
    )
    order_id, key = await shop.intent(), {"idempotency-key": "pay"}
    await shop.details(order_id)
    path, request = f"/api/orders/{order_id}/request-payment", order_pb2.RequestPaymentIntentRequest
    asked = request(order_id=order_id)

    for _ in range(2):
        response = await shop.http.post(path, headers=shop.customer | key)
        assert response.json()["client_secret"] == secret
        answer = await shop.stub.RequestPaymentIntent(asked, metadata=tuple(key.items()))
        assert answer.client_secret == secret
    assert await places_of(shop.database, [secret]) == []

    await shop.payment_result(order_id, "SUCCEEDED")
    paid = await shop.http.post(path, headers=shop.customer | key)
    assert (paid.status_code, secret in paid.text) == (409, False)
    assert await places_of(shop.database, [secret]) == []


async def test_an_order_without_details_cannot_be_paid(shop: Shop) -> None:
    order_id = await shop.intent()

    response = await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    assert (response.status_code, problem(response)["code"]) == (409, "ORDER_INCOMPLETE")
    assert shop.peers.calls("CreatePaymentIntent") == []


async def test_a_failed_payment_leaves_the_order_payable(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    await shop.payment_result(order_id, "FAILED")

    assert await shop.status(order_id) == "pending"
    await shop.pay(order_id)
    assert await shop.status(order_id) == "paid"


async def test_twenty_notices_pay_once_and_announce_once(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    await asyncio.gather(*(shop.stub.NotifyPaymentResult(_notify(order_id)) for _ in range(20)))

    await shop.service.settle()
    moves = await shop.database.fetch("SELECT 1 FROM order_events WHERE to_status = 'paid'")
    assert len(moves) == 1
    (notice,) = shop.peers.requests("SendNotification")
    assert (notice.template_id, notice.template_data["order_id"]) == ("order_paid", order_id)


async def test_money_for_a_cancelled_order_is_refused(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    await shop.http.delete(f"/api/orders/{order_id}", headers=shop.customer)

    error = await rpc_error(shop.stub.NotifyPaymentResult(_notify(order_id)))

    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_NOT_PAYABLE")
    assert await shop.status(order_id) == "cancelled"


async def test_money_for_an_older_total_is_refused(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    await shop.details(order_id, ["SAVE1"])

    error = await rpc_error(shop.stub.NotifyPaymentResult(_notify(order_id)))

    assert error.reason == "ORDER_NOT_PAYABLE"
    assert await shop.status(order_id) == "pending"


async def test_a_second_payment_of_a_paid_order_is_refused(shop: Shop) -> None:
    order_id = await shop.paid()
    other = order_pb2.NotifyPaymentResultRequest(
        order_id=order_id, payment_id=str(uuid4()), status="SUCCEEDED"
    )

    error = await rpc_error(shop.stub.NotifyPaymentResult(other))

    assert error.reason == "ORDER_NOT_PAYABLE"


async def test_a_paid_order_keeps_its_details(shop: Shop) -> None:
    order_id = await shop.paid()
    body = {"address_id": str(uuid4()), "coupon_codes": ["SAVE1"]}

    response = await shop.http.put(f"/api/orders/{order_id}/details", json=body, headers=shop.customer)

    assert (response.status_code, problem(response)["code"]) == (409, "ORDER_NOT_PENDING")
    assert (await shop.stub.GetOrder(order_pb2.GetOrderRequest(order_id=order_id))).order.total == "12.40"


async def test_a_notice_that_never_came_is_asked_for(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    shop.peers.answer(
        "GetPaymentStatus", GetPaymentStatusResponse(payment_id=str(PAYMENT), status="SUCCEEDED")
    )

    await shop.service.run_delayed("CheckPayment")

    assert await shop.status(order_id) == "paid"


async def test_an_order_that_costs_nothing_is_paid_at_once_and_counts_its_coupons(shop: Shop) -> None:
    shop.pricing.price = _for_nothing
    order_id = await shop.intent()
    assert (await shop.details(order_id, ["ALL"]))["total"] == "0.00"

    response = await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    assert response.json() == {"payment_intent_id": "", "client_secret": ""}
    assert await shop.status(order_id) == "paid"
    assert shop.peers.calls("CreatePaymentIntent") == []
    await shop.service.settle()
    assert shop.pricing.settled == ["USED"]


async def test_a_payment_that_was_open_ends_when_the_order_costs_nothing(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    pay = f"/api/orders/{order_id}/request-payment"
    await shop.http.post(pay, headers=shop.customer)
    shop.pricing.price = _for_nothing
    await shop.details(order_id, ["ALL"])

    await shop.http.post(pay, headers=shop.customer)

    await shop.service.settle()
    assert await shop.status(order_id) == "paid"
    assert [request.order_id for request in shop.peers.requests("CloseOrderPayments")] == [order_id]


async def test_an_order_that_changes_while_its_payment_is_opened_waits_for_another_press(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    opened = CreatePaymentIntentResponse(payment_id=str(PAYMENT), client_secret="secret", status="PENDING")

    async def change_and_open() -> CreatePaymentIntentResponse:
        await shop.details(order_id, ["SAVE1"])
        return opened

    shop.peers.answer("CreatePaymentIntent", change_and_open)
    pay = f"/api/orders/{order_id}/request-payment"
    refused = await shop.http.post(pay, headers=shop.customer | {"idempotency-key": "press"})

    assert (refused.status_code, problem(refused)["code"]) == (409, "ABORTED")
    order = await shop.database.fetchrow("SELECT payment_id FROM orders")
    jobs = await shop.database.fetch("SELECT 1 FROM pgqueuer WHERE entrypoint = 'CheckPayment'")
    assert (order["payment_id"], jobs) == (None, [])
    shop.peers.answer("CreatePaymentIntent", opened)
    again = await shop.http.post(pay, headers=shop.customer | {"idempotency-key": "press"})
    assert (again.status_code, again.json()["client_secret"]) == (200, "secret")


async def test_pay_pressed_five_times_at_once_checks_the_payment_once(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    pay = f"/api/orders/{order_id}/request-payment"

    answers = await asyncio.gather(*(shop.http.post(pay, headers=shop.customer) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    jobs = await shop.database.fetch("SELECT 1 FROM pgqueuer WHERE entrypoint = 'CheckPayment'")
    assert len(jobs) == 1


async def test_an_unreachable_payment_service_changes_nothing(shop: Shop) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    shop.peers.fail("CreatePaymentIntent", grpc.StatusCode.UNAVAILABLE)

    response = await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    assert (response.status_code, problem(response)["code"]) == (503, "PEER_UNAVAILABLE")
    order = await shop.database.fetchrow("SELECT payment_id FROM orders")
    assert order["payment_id"] is None
