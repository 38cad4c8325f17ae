"""The end of an order, and its money that goes back: CloseOrderPayments and RefundOrder."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.payment.v1 import payment_pb2
from bunmart_payment.service import Payments

from tests.services.payment.conftest import DECLINED, OpenTill, Till, rows
from tests.support import rpc_error, until
from tests.support.effort import effort

ROUNDS = effort(100)
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION


async def refund_rows(till: Till) -> list[str]:
    """The amounts of all refunds that stand."""
    found = await till.service.database.fetch(
        "SELECT amount FROM refunds WHERE status <> 'FAILED' ORDER BY id"
    )
    return [str(row["amount"]) for row in found]


class TestCloseOrderPayments:
    """What is open ends, and nothing opens any more."""

    async def test_an_open_intent_cannot_be_paid_any_more(self, till: Till) -> None:
        opened = await till.open()
        closed = await till.close()
        assert (closed.held, closed.processing) == ("0.00", False)
        assert await rows(till) == [("FAILED", "order_closed")]
        assert [each["status"] for each in await till.provider.intents()] == ["canceled"]
        refused = await till.provider.pay(opened.client_secret)
        assert refused["error"]["code"] == "payment_intent_unexpected_state"
        await till.delivered("payment_intent.canceled")
        assert (till.told_order(), till.told_customer()) == ([], [])

    async def test_a_repeat_answers_the_same(self, till: Till) -> None:
        await till.open()
        first = await till.close()
        assert await till.close() == first
        assert await rows(till) == [("FAILED", "order_closed")]

    async def test_a_closed_order_opens_no_payment(self, till: Till) -> None:
        await till.close()
        refused = await rpc_error(till.open())
        assert (refused.status, refused.reason) == (PRECONDITION, "ORDER_CLOSED")
        assert (await rows(till), await till.provider.intents()) == ([], [])
        other = await till.open(order_id=str(uuid4()))
        assert other.client_secret

    async def test_the_money_of_a_paid_order_is_held_until_it_is_asked_for(self, till: Till) -> None:
        payment_id = await till.paid()
        assert (await till.close()).held == "19.99"
        await till.service.settle()
        assert await till.provider.refunds() == []
        await till.refund_order("5.00")
        assert (await till.close()).held == "14.99"
        await till.refund_order()
        assert (await till.close()).held == "0.00"
        await till.until(payment_id, "REFUNDED")

    async def test_a_charge_that_is_found_at_the_end_goes_back(self, open_till: OpenTill) -> None:
        till = await open_till(webhooks=False)
        opened = await till.open()
        await till.provider.pay(opened.client_secret)
        closed = await till.close()
        assert (closed.held, closed.processing) == ("0.00", False)
        await till.until(opened.payment_id, "REFUNDED")
        assert [each["amount"] for each in await till.provider.refunds()] == [1999]
        assert [status for _, status in till.told_order()] == ["REFUNDED"]
        assert till.told_returned() == ["19.99"]

    async def test_a_charge_after_a_decline_goes_back_when_the_order_has_ended(
        self, open_till: OpenTill
    ) -> None:
        till = await open_till(webhooks=False)
        opened = await till.open()
        await till.provider.pay(opened.client_secret)
        await till.service.database.execute(
            "UPDATE payments SET status = 'FAILED', failure_code = 'card_declined'"
        )
        assert (await till.close()).held == "0.00"
        for event in await till.provider.events() * 2:
            await till.send(event)
        await till.until(opened.payment_id, "REFUNDED")
        assert [each["amount"] for each in await till.provider.refunds()] == [1999]
        assert [status for _, status in till.told_order()] == ["REFUNDED"]

    async def test_a_payment_that_stripe_is_processing_goes_back_when_it_succeeds(
        self, open_till: OpenTill, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        till = await open_till(webhooks=False)
        opened = await till.open()
        await till.provider.pay(opened.client_secret)
        payments = till.service.use_cases(Payments)
        cancel = payments.stripe.cancel_intent

        async def processing(*arguments: Any) -> Any:
            intent = await cancel(*arguments)
            intent.status = "processing"
            return intent

        monkeypatch.setattr(payments.stripe, "cancel_intent", processing)
        closed = await till.close()
        assert (closed.held, closed.processing) == ("0.00", True)
        refused = await rpc_error(till.open())
        assert refused.reason == "ORDER_CLOSED"
        for event in await till.provider.events():
            await till.send(event)
        await till.until(opened.payment_id, "REFUNDED")
        assert [status for _, status in till.told_order()] == ["REFUNDED"]

    async def test_without_stripe_the_end_is_remembered_and_the_repeat_goes_on(self, till: Till) -> None:
        opened = await till.open()
        till.provider.faults(fail_next_requests=1)
        refused = await rpc_error(till.close())
        assert refused.status is grpc.StatusCode.UNAVAILABLE
        assert (await rpc_error(till.open())).reason == "ORDER_CLOSED"
        assert await rows(till) == [("PENDING", None)]
        await till.close()
        assert await rows(till) == [("FAILED", "order_closed")]
        assert (await till.provider.pay(opened.client_secret))["error"]

    async def test_an_intent_that_stripe_creates_while_the_order_ends_cannot_be_paid(
        self, till: Till
    ) -> None:
        till.provider.hold()
        creating = asyncio.create_task(rpc_error(till.open()))
        await until(lambda: rows(till))
        await till.close()
        till.provider.release()
        refused = await creating
        assert (refused.status, refused.reason) == (PRECONDITION, "ORDER_CLOSED")
        await till.service.settle()
        assert [each["status"] for each in await till.provider.intents()] == ["canceled"]

    async def test_a_bad_id_is_refused(self, till: Till) -> None:
        bad = payment_pb2.CloseOrderPaymentsRequest(order_id="x")
        refused = await rpc_error(till.stub.CloseOrderPayments(bad))
        assert (refused.status, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["order_id"])


class TestRefundOrder:
    """Money goes back once for each refund_id, and never more than there is."""

    async def test_all_that_is_left(self, till: Till) -> None:
        payment_id = await till.paid()
        refund_id = uuid4()
        asked = await till.refund_order(refund_id=refund_id)
        assert (asked.refund_id, asked.status, asked.amount) == (str(refund_id), "PENDING", "19.99")
        await till.until(payment_id, "REFUNDED")
        assert (await till.refund_order(refund_id=refund_id)).status == "SUCCEEDED"
        assert till.told_returned() == ["19.99"]
        assert ("payment_refunded", "19.99") in till.told_customer()

    async def test_a_repeat_returns_the_first_whatever_it_asks_for(self, till: Till) -> None:
        await till.paid()
        refund_id = uuid4()
        for amount in ("5.00", "6.00", ""):
            answer = await till.refund_order(amount, refund_id)
            assert (answer.refund_id, answer.amount) == (str(refund_id), "5.00")
        await till.service.settle()
        assert [each["amount"] for each in await till.provider.refunds()] == [500]

    async def test_parts_until_all_is_given_back(self, till: Till) -> None:
        payment_id = await till.paid()
        await till.refund_order("5.00")
        await till.service.settle()
        await till.refund_order("4.99")
        await till.service.settle()
        assert (await till.payment(payment_id))["status"] == "SUCCEEDED"
        refused = await rpc_error(till.refund_order("10.01"))
        assert (refused.status, refused.reason) == (PRECONDITION, "PAYMENT_NOT_REFUNDABLE")
        assert refused.metadata["refundable"] == "10.00"
        assert (await till.refund_order()).amount == "10.00"
        await till.until(payment_id, "REFUNDED")
        assert till.told_returned() == ["5.00", "9.99", "19.99"]
        refused = await rpc_error(till.refund_order())
        assert refused.reason == "PAYMENT_NOT_REFUNDABLE"
        assert await refund_rows(till) == ["5.00", "4.99", "10.00"]

    async def test_the_payment_that_was_paid_is_refunded(self, till: Till) -> None:
        failed = await till.open()
        await till.provider.pay(failed.client_secret, DECLINED)
        await till.until(failed.payment_id, "FAILED")
        paid = await till.paid()
        await till.refund_order()
        await till.until(paid, "REFUNDED")
        assert (await till.payment(failed.payment_id))["status"] == "FAILED"

    async def test_money_in_two_payments_goes_back_from_both(self, till: Till) -> None:
        first = await till.paid()
        await till.service.database.execute("UPDATE payments SET status = 'FAILED', failure_code = 'expired'")
        second = await till.paid(amount="10.00")
        refund_id = uuid4()
        assert (await till.refund_order("25.00", refund_id)).amount == "25.00"
        await till.until(second, "REFUNDED")
        assert (await till.refund_order(refund_id=refund_id)).status == "SUCCEEDED"
        assert str((await till.payment(first))["refund_total"]) == "15.00"
        assert (await till.close()).held == "4.99"

    async def test_nothing_that_was_not_charged_goes_back(self, till: Till) -> None:
        for _ in range(2):
            for amount in ("", "1.00"):
                refused = await rpc_error(till.refund_order(amount))
                assert (refused.status, refused.reason) == (PRECONDITION, "PAYMENT_NOT_REFUNDABLE")
            await till.open()
        assert await refund_rows(till) == []

    async def test_a_refund_id_of_another_order_is_refused(self, till: Till) -> None:
        await till.paid()
        refund_id = uuid4()
        await till.refund_order("5.00", refund_id)
        refused = await rpc_error(till.refund_order("5.00", refund_id, order_id=str(uuid4())))
        assert (refused.status, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["refund_id"])
        assert await refund_rows(till) == ["5.00"]

    async def test_a_bad_request_is_refused_by_field(self, till: Till) -> None:
        await till.paid()
        bad = [
            ({"order_id": ""}, "order_id"),
            ({"refund_id": "1"}, "refund_id"),
            ({"amount": "0"}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"amount": "1.999"}, "amount"),
            ({"amount": "x"}, "amount"),
            ({"reason": "x" * 201}, "reason"),
            ({"reason": "a\x00b"}, "reason"),
        ]
        for changes, field in bad:
            request = {"order_id": str(till.order_id), "refund_id": str(uuid4()), **changes}
            refused = await rpc_error(till.stub.RefundOrder(payment_pb2.RefundOrderRequest(**request)))
            assert (refused.status, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field]), changes
        assert await refund_rows(till) == []

    async def test_concurrent_refunds_never_exceed_what_is_left(self, open_till: OpenTill) -> None:
        till = await open_till(webhooks=False)
        body = {"reason": "sour", "amount": "0.40"}
        for _ in range(ROUNDS):
            till.order_id, same = uuid4(), uuid4()
            opened = await till.open(amount="0.97")
            await till.provider.pay(opened.client_secret)
            await till.stub.ConfirmPayment(payment_pb2.ConfirmPaymentRequest(payment_id=opened.payment_id))
            await asyncio.gather(
                till.refund_order("0.50", same),
                till.refund_order("0.50", same),
                till.refund_order("0.40"),
                till.refund_order(),
                till.http.post(f"/api/payments/{opened.payment_id}/refund", json=body, headers=till.admin),
                return_exceptions=True,
            )
            found = await till.service.database.fetch(
                "SELECT amount, request_id FROM refunds WHERE payment_id = $1", UUID(opened.payment_id)
            )
            assert sum(row["amount"] for row in found) == Decimal("0.97")
            assert [row["request_id"] for row in found].count(same) <= 1
        await till.service.settle(timeout=60)
        payments = await till.service.database.fetch("SELECT status, refund_total FROM payments")
        assert {(row["status"], str(row["refund_total"])) for row in payments} == {("REFUNDED", "0.97")}
        failed = await till.service.database.fetch("SELECT id FROM refunds WHERE status <> 'SUCCEEDED'")
        assert failed == []

    async def test_order_is_told_of_an_admins_refund_too(self, till: Till) -> None:
        payment_id = await till.paid()
        body = {"reason": "one bun was burnt", "amount": "2.50"}
        await till.http.post(f"/api/payments/{payment_id}/refund", json=body, headers=till.admin)
        await till.service.settle()
        assert till.told_returned() == ["2.50"]
        keys = [each.metadata["idempotency-key"] for each in till.peers.calls("NotifyPaymentResult")]
        assert len(set(keys)) == len(keys) == 2
