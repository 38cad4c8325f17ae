"""A success over another amount than was asked for never pays the order, and goes back."""

import json
from typing import Any

import pytest
from bunmart.payment.v1.payment_pb2 import ConfirmPaymentRequest

from tests.services.payment.conftest import OpenTill, Till, rows


async def paid_at_stripe(till: Till) -> tuple[str, dict[str, Any]]:
    """A payment that Stripe has charged, and the event that says so."""
    opened = await till.open(amount="7.10")
    await till.provider.pay(opened.client_secret)
    events = await till.provider.events()
    return opened.payment_id, next(each for each in events if each["type"] == "payment_intent.succeeded")


def changed(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The event with other fields in its object."""
    copy: dict[str, Any] = json.loads(json.dumps(event))
    copy["data"]["object"].update(fields)
    return copy


WRONG: list[dict[str, Any]] = [
    {"amount": 1},
    {"amount_received": 709},
    {"amount": 711, "amount_received": 711},
    {"currency": "jpy"},
    {"amount": None},
    {"currency": None},
]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_success_over_another_amount_is_never_paid_and_goes_back(
    open_till: OpenTill, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    till = await open_till(webhooks=False)
    payment_id, event = await paid_at_stripe(till)
    assert (await till.send(changed(event, **wrong))).status_code == 200
    await till.until(payment_id, "REFUNDED")
    assert await rows(till) == [("REFUNDED", "amount_mismatch")]
    assert [each["amount"] for each in await till.provider.refunds()] == [710]
    assert [status for _, status in till.told_order()] == ["FAILED", "REFUNDED"]
    assert till.told_returned() == ["7.10"]
    assert till.told_customer() == [("payment_refunded", "7.10")]
    assert [each.levelname for each in caplog.records if "Stripe reports" in each.message] == ["ERROR"]


async def test_the_right_success_after_a_wrong_one_changes_nothing(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    payment_id, event = await paid_at_stripe(till)
    await till.send({**changed(event, amount=1), "id": "evt_wrong"})
    await till.send(event)
    await till.until(payment_id, "REFUNDED")
    assert "SUCCEEDED" not in {status for _, status in till.told_order()}
    assert len(await till.provider.refunds()) == 1


async def test_a_wrong_success_after_the_right_one_changes_nothing(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    payment_id, event = await paid_at_stripe(till)
    await till.send(event)
    await till.send({**changed(event, amount=1), "id": "evt_wrong"})
    await till.until(payment_id, "SUCCEEDED")
    assert await till.provider.refunds() == []


async def test_the_amount_is_compared_also_when_stripe_is_asked(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    payment_id, _ = await paid_at_stripe(till)
    await till.service.database.execute("UPDATE payments SET amount = 8.10, checked_at = 'epoch'")
    confirmed = await till.stub.ConfirmPayment(ConfirmPaymentRequest(payment_id=payment_id))
    assert (confirmed.success, confirmed.status) == (False, "FAILED")
    await till.until(payment_id, "REFUNDED")
    assert [each["amount"] for each in await till.provider.refunds()] == [710]
    assert till.told_customer() == [("payment_refunded", "7.10")]
