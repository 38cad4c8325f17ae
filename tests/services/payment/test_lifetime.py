"""The passing of time: expiry, lost webhooks, the sweep, ConfirmPayment."""

import asyncio
from typing import Any, cast
from uuid import uuid4

import grpc
from bunmart.payment.v1 import payment_pb2
from bunmart_payment.service import Payments

from tests.services.payment.conftest import DECLINED, OpenTill, Till
from tests.support import rpc_error


async def age(till: Till) -> None:
    """Let so much time pass that the sweep looks at everything."""
    for table, column in (("payments", "checked_at"), ("refunds", "updated_at")):
        await till.service.database.execute(f"UPDATE {table} SET {column} = now() - interval '1 hour'")


async def sweep(till: Till) -> None:
    """Run the sweep, as the schedule does each minute."""
    payments = till.service.use_cases(Payments)
    await payments.sweep()
    await till.service.settle()


async def confirm(till: Till, payment_id: str) -> payment_pb2.ConfirmPaymentResponse:
    """Somebody asks to look at Stripe now."""
    response = await till.stub.ConfirmPayment(payment_pb2.ConfirmPaymentRequest(payment_id=payment_id))
    assert isinstance(response, payment_pb2.ConfirmPaymentResponse)
    return response


async def test_an_intent_that_nobody_pays_expires(till: Till) -> None:
    opened = await till.open()
    await till.service.run_delayed("ExpirePayment")
    row = await till.payment(opened.payment_id)
    assert (row["status"], row["failure_code"]) == ("FAILED", "expired")
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]
    await till.delivered("payment_intent.canceled")
    assert till.told_order() == [(opened.payment_id, "FAILED")]
    assert till.told_customer() == [("payment_expired", "19.99")]
    assert (await till.provider.pay(opened.client_secret))["error"][
        "code"
    ] == "payment_intent_unexpected_state"


async def test_an_intent_that_was_paid_without_a_webhook_does_not_expire(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.service.run_delayed("ExpirePayment")
    await till.until(opened.payment_id, "SUCCEEDED")
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]


async def test_expiry_waits_for_stripe(till: Till) -> None:
    opened = await till.open()
    till.provider.faults(fail_next_requests=1)
    await till.service.run_delayed("ExpirePayment")
    assert (await till.payment(opened.payment_id))["status"] == "FAILED"
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]


async def test_a_payment_that_never_reached_stripe_expires(open_till: OpenTill) -> None:
    till = await open_till(stripe_timeout_seconds=0.3)
    till.provider.faults(latency_seconds=60)
    await rpc_error(till.open())
    till.provider.faults()
    await till.service.run_delayed("ExpirePayment")
    (row,) = await till.service.database.fetch("SELECT status, failure_code FROM payments")
    assert tuple(row) == ("FAILED", "expired")
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]


async def test_a_cancellation_by_hand_at_stripe_fails_the_payment(till: Till) -> None:
    opened = await till.open()
    await till.provider.cancel((await till.payment(opened.payment_id))["stripe_payment_intent_id"])
    await till.until(opened.payment_id, "FAILED")
    assert (await till.payment(opened.payment_id))["failure_code"] == "canceled"
    assert till.told_order() == [(opened.payment_id, "FAILED")]


async def test_the_sweep_finds_what_no_webhook_told(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    paid, declined, idle, overdue = [await till.open(order_id=str(uuid4())) for _ in range(4)]
    await till.provider.pay(paid.client_secret)
    await till.provider.pay(declined.client_secret, DECLINED)
    await sweep(till)
    assert till.told_order() == []

    await age(till)
    await till.service.database.execute("DELETE FROM pgqueuer")
    await till.make_overdue(overdue.payment_id)
    await sweep(till)
    rows = [await till.payment(each.payment_id) for each in (paid, declined, idle, overdue)]
    assert [(row["status"], row["failure_code"]) for row in rows] == [
        ("SUCCEEDED", None),
        ("FAILED", "generic_decline"),
        ("PENDING", None),
        ("FAILED", "expired"),
    ]


async def test_the_sweep_takes_up_a_refund_whose_job_was_lost(till: Till) -> None:
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.until(opened.payment_id, "SUCCEEDED")
    await till.service.database.execute(
        "INSERT INTO refunds (id, payment_id, amount, reason, status, created_at, updated_at) "
        "SELECT $1, id, 19.99, 'lost', 'PENDING', now(), now() FROM payments",
        uuid4(),
    )
    await till.service.database.execute("UPDATE payments SET refund_total = amount")
    await age(till)
    await sweep(till)
    await till.until(opened.payment_id, "REFUNDED")


async def test_confirm_takes_over_what_stripe_says(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    pending = await confirm(till, opened.payment_id)
    assert (pending.success, pending.status) == (False, "PENDING")
    await till.provider.pay(opened.client_secret)
    for _ in range(2):
        done = await confirm(till, opened.payment_id)
        assert (done.success, done.status) == (True, "SUCCEEDED")
    await till.service.settle()
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]


async def test_concurrent_confirmations_take_over_once(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    request = payment_pb2.ConfirmPaymentRequest(payment_id=opened.payment_id)
    keyed = (("idempotency-key", "k1"),)
    calls = [till.stub.ConfirmPayment(request, metadata=metadata) for metadata in ((), keyed) * 3]
    assert [each.status for each in await asyncio.gather(*calls)] == ["SUCCEEDED"] * 6
    await till.service.settle()
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]


async def test_confirm_needs_stripe(till: Till) -> None:
    opened = await till.open()
    till.provider.faults(fail_next_requests=1)
    refused = await rpc_error(confirm(till, opened.payment_id))
    assert refused.status is grpc.StatusCode.UNAVAILABLE


async def test_status_and_intent_are_read_without_stripe(till: Till) -> None:
    opened = await till.open()
    till.provider.faults(error_rate_500=1)
    status = await till.stub.GetPaymentStatus(
        payment_pb2.GetPaymentStatusRequest(payment_id=opened.payment_id)
    )
    assert (status.status, status.order_id) == ("PENDING", str(till.order_id))
    intent = await till.stub.GetPaymentIntent(
        payment_pb2.GetPaymentIntentRequest(payment_id=opened.payment_id)
    )
    assert (intent.amount, intent.currency_code, intent.client_secret) == (
        "19.99",
        "EUR",
        opened.client_secret,
    )
    assert intent.expires_at.seconds - intent.created_at.seconds == 1800


async def test_an_unknown_payment_and_a_bad_id(till: Till) -> None:
    for rpc, request in (
        (till.stub.GetPaymentStatus, payment_pb2.GetPaymentStatusRequest),
        (till.stub.GetPaymentIntent, payment_pb2.GetPaymentIntentRequest),
        (till.stub.ConfirmPayment, payment_pb2.ConfirmPaymentRequest),
    ):
        unknown = await rpc_error(cast("Any", rpc)(request(payment_id=str(uuid4()))))
        assert (unknown.status, unknown.reason) == (grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND")
        bad = await rpc_error(cast("Any", rpc)(request(payment_id="1")))
        assert (bad.status, bad.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["payment_id"])
