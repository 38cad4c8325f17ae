"""Money that goes back: refused by the order, charged too late, on an admin's word, by hand at Stripe."""

import asyncio
from typing import Any
from uuid import uuid4

import grpc
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_payment.service import Payments

from tests.services.payment.conftest import OpenTill, Till
from tests.support import problem

NOT_PAYABLE = FailedPreconditionError("It does not wait for this.", code="ORDER_NOT_PAYABLE")


async def refund(till: Till, payment_id: str, **body: Any) -> Any:
    """An admin asks for a refund."""
    return await till.http.post(
        f"/api/payments/{payment_id}/refund", json={"reason": "sour buns", **body}, headers=till.admin
    )


async def test_a_payment_that_the_order_refuses_is_refunded(till: Till) -> None:
    till.peers.fail("NotifyPaymentResult", NOT_PAYABLE, times=1)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.until(opened.payment_id, "REFUNDED")
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED"), (opened.payment_id, "REFUNDED")]
    assert till.told_customer() == [("payment_refunded", "19.99"), ("payment_succeeded", "19.99")]
    assert [each["amount"] for each in await till.provider.refunds()] == [1999]


async def test_a_payment_for_no_order_is_refunded(till: Till) -> None:
    till.peers.fail("NotifyPaymentResult", NotFoundError("No order.", code="ORDER_NOT_FOUND"))
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.until(opened.payment_id, "REFUNDED")


async def test_an_order_that_does_not_answer_is_told_later(till: Till) -> None:
    till.peers.fail("NotifyPaymentResult", grpc.StatusCode.UNAVAILABLE, times=2)
    payment_id = await till.paid()
    assert till.told_order() == [(payment_id, "SUCCEEDED")] * 3
    assert await till.provider.refunds() == []


async def test_a_success_after_a_decline_is_the_orders_if_it_takes_it(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.service.database.execute(
        "UPDATE payments SET status = 'FAILED', failure_code = 'card_declined'"
    )
    for event in await till.provider.events():
        await till.send(event)
    await till.until(opened.payment_id, "SUCCEEDED")
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]
    assert await till.provider.refunds() == []


async def test_a_late_charge_is_refunded_without_asking_the_order(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.service.database.execute("UPDATE payments SET status = 'FAILED', failure_code = 'expired'")
    events = await till.provider.events()
    for event in events + events:
        await till.send(event)
    await till.until(opened.payment_id, "REFUNDED")
    assert till.told_order() == [(opened.payment_id, "REFUNDED")]
    assert till.told_customer() == [("payment_refunded", "19.99")]
    assert len(await till.provider.refunds()) == 1


async def test_an_admin_refunds_everything(till: Till) -> None:
    payment_id = await till.paid()
    answer = await refund(till, payment_id)
    assert answer.status_code == 202
    assert {key: answer.json()[key] for key in ("amount", "status", "reason")} == {
        "amount": "19.99",
        "status": "PENDING",
        "reason": "sour buns",
    }
    await till.until(payment_id, "REFUNDED")
    assert till.told_order()[-1] == (payment_id, "REFUNDED")
    refunds = (await till.http.get(f"/api/payments/{payment_id}/refunds", headers=till.admin)).json()
    assert [each["status"] for each in refunds["items"]] == ["SUCCEEDED"]
    assert problem(await refund(till, payment_id))["code"] == "PAYMENT_NOT_REFUNDABLE"


async def test_parts_are_refunded_until_nothing_is_left(till: Till) -> None:
    payment_id = await till.paid()
    assert (await refund(till, payment_id, amount="5.00")).status_code == 202
    await till.service.settle()
    assert (await till.payment(payment_id))["status"] == "SUCCEEDED"
    assert ("payment_refunded", "5.00") in till.told_customer()

    refused = await refund(till, payment_id, amount="15.00")
    assert problem(refused)["metadata"] == {"status": "SUCCEEDED", "refundable": "14.99"}

    assert (await refund(till, payment_id, amount="14.99")).status_code == 202
    await till.until(payment_id, "REFUNDED")
    assert [each["amount"] for each in await till.provider.refunds()] == [1499, 500]
    assert till.told_returned() == ["5.00", "19.99"]
    assert till.told_customer() == [
        ("payment_refunded", "14.99"),
        ("payment_refunded", "5.00"),
        ("payment_succeeded", "19.99"),
    ]


async def test_concurrent_refunds_give_the_money_back_once(till: Till) -> None:
    payment_id = await till.paid()
    answers = await asyncio.gather(*(refund(till, payment_id) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    await till.until(payment_id, "REFUNDED")
    assert [each["amount"] for each in await till.provider.refunds()] == [1999]


async def test_a_repeat_under_one_key_is_one_refund(till: Till) -> None:
    payment_id = await till.paid()
    headers = {**till.admin, "idempotency-key": "refund-1"}
    path, body = f"/api/payments/{payment_id}/refund", {"reason": "sour", "amount": "1.00"}
    first = await till.http.post(path, json=body, headers=headers)
    assert (await till.http.post(path, json=body, headers=headers)).json() == first.json()
    await till.service.settle()
    assert [each["amount"] for each in await till.provider.refunds()] == [100]


async def test_a_refund_whose_answer_was_lost_is_made_once(open_till: OpenTill) -> None:
    till = await open_till(stripe_timeout_seconds=0.3)
    payment_id = await till.paid()
    till.provider.faults(timeout_after_commit=1)
    await refund(till, payment_id)
    await till.until(payment_id, "REFUNDED")
    assert len(await till.provider.refunds()) == 1


async def test_a_refund_that_stripe_has_made_and_forgotten_its_key_is_found_there(
    open_till: OpenTill,
) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    for event in await till.provider.events():
        await till.send(event)
    await till.until(opened.payment_id, "SUCCEEDED")
    refund_id = uuid4()
    await till.service.database.execute(
        "INSERT INTO refunds (id, payment_id, amount, reason, status, created_at, updated_at) "
        "SELECT $1, id, amount, 'lost', 'PENDING', now(), now() FROM payments",
        refund_id,
    )
    intent_id = opened.client_secret.rsplit("_secret", 1)[0]
    await till.provider.refund(intent_id, **{"metadata[refund_id]": str(refund_id)})
    payments = till.service.use_cases(Payments)
    await payments.make_refund(refund_id)
    await till.until(opened.payment_id, "REFUNDED")
    (row,) = await till.service.database.fetch("SELECT status FROM refunds")
    assert row["status"] == "SUCCEEDED"
    assert till.told_returned() == ["19.99"]


async def test_a_refund_by_hand_at_stripe_is_taken_over(till: Till) -> None:
    payment_id = await till.paid()
    intent_id = (await till.payment(payment_id))["stripe_payment_intent_id"]
    await till.provider.refund(intent_id, amount="500")
    await till.delivered("charge.refunded")
    assert str((await till.payment(payment_id))["refund_total"]) == "5.00"
    assert till.told_returned() == ["5.00"]
    await till.provider.refund(intent_id)
    await till.until(payment_id, "REFUNDED")
    assert till.told_order()[-1] == (payment_id, "REFUNDED")
    assert till.told_returned() == ["5.00", "19.99"]
    assert till.told_customer() == [
        ("payment_refunded", "14.99"),
        ("payment_refunded", "5.00"),
        ("payment_succeeded", "19.99"),
    ]


async def test_events_of_refunds_that_come_late_and_again_tell_the_present_sum(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    intent_id = opened.client_secret.rsplit("_secret", 1)[0]
    await till.provider.refund(intent_id, amount="500")
    await till.provider.refund(intent_id, amount="300")
    for event in await till.provider.events() * 2:  # newest first
        await till.send(event)
    await till.service.settle()
    assert till.told_returned() == ["8.00", "8.00"]
    row = await till.payment(opened.payment_id)
    assert (row["status"], str(row["refund_total"])) == ("SUCCEEDED", "8.00")
    assert till.told_customer() == [
        ("payment_refunded", "3.00"),
        ("payment_refunded", "5.00"),
        ("payment_succeeded", "19.99"),
    ]


async def test_what_was_given_back_by_hand_is_not_given_back_again(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    for event in await till.provider.events():
        await till.send(event)
    await till.until(opened.payment_id, "SUCCEEDED")
    await till.provider.refund(opened.client_secret.rsplit("_secret", 1)[0], amount="500")
    assert (await till.refund_order()).amount == "19.99"
    await till.until(opened.payment_id, "REFUNDED")
    assert [each["amount"] for each in await till.provider.refunds()] == [1499, 500]
    assert till.told_returned()[-1] == "19.99"


async def test_a_refund_after_one_by_hand_of_everything_fails_and_the_payment_is_refunded(
    open_till: OpenTill,
) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    for event in await till.provider.events():
        await till.send(event)
    await till.until(opened.payment_id, "SUCCEEDED")
    await till.provider.refund(opened.client_secret.rsplit("_secret", 1)[0])
    refund_id = uuid4()
    await till.refund_order(refund_id=refund_id)
    await till.until(opened.payment_id, "REFUNDED")
    assert (await till.refund_order(refund_id=refund_id)).status == "FAILED"
    assert [each["amount"] for each in await till.provider.refunds()] == [1999]
    assert till.told_returned() == ["19.99", "19.99"]
    told = till.peers.requests("NotifyPaymentResult")[-1].refunds
    assert sorted((each.status, each.amount) for each in told) == [
        ("FAILED", "19.99"),
        ("SUCCEEDED", "19.99"),
    ]


async def test_a_refund_that_fails_can_be_made_again(till: Till) -> None:
    payment_id = await till.paid()
    intent_id = (await till.payment(payment_id))["stripe_payment_intent_id"]
    refund_id = (await refund(till, payment_id, amount="5.00")).json()["refund_id"]
    await till.service.settle()
    failed = {
        "id": "re_1",
        "object": "refund",
        "status": "failed",
        "failure_reason": "lost_or_stolen_card",
        "payment_intent": intent_id,
        "metadata": {"refund_id": refund_id},
    }
    await till.send({"id": "evt_f", "type": "refund.failed", "created": 1, "data": {"object": failed}})
    row = await till.payment(payment_id)
    assert (row["status"], str(row["refund_total"])) == ("SUCCEEDED", "0.00")
    await till.send({"id": "evt_g", "type": "refund.updated", "created": 1, "data": {"object": failed}})
    assert str((await till.payment(payment_id))["refund_total"]) == "0.00"
    refunds = (await till.http.get(f"/api/payments/{payment_id}/refunds", headers=till.admin)).json()
    assert [each["status"] for each in refunds["items"]] == ["FAILED"]
