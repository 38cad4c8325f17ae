"""Paying: the intent, the charge, the webhook, and what order and customer are told."""

from tests.services.payment.conftest import DECLINED, Till


async def test_a_paid_intent_pays_the_order_and_sends_a_receipt(till: Till) -> None:
    opened = await till.open()
    assert opened.status == "PENDING"

    paid = await till.provider.pay(opened.client_secret)
    assert paid["status"] == "succeeded"

    await till.until(opened.payment_id, "SUCCEEDED")
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]
    assert till.told_customer() == [("payment_succeeded", "19.99")]


async def test_a_decline_fails_the_payment_and_the_next_attempt_pays(till: Till) -> None:
    first = await till.open()
    await till.provider.pay(first.client_secret, DECLINED)
    await till.until(first.payment_id, "FAILED")
    await till.delivered("payment_intent.canceled")

    second = await till.open()
    await till.provider.pay(second.client_secret)
    await till.until(second.payment_id, "SUCCEEDED")

    assert second.payment_id != first.payment_id
    assert till.told_order() == [(first.payment_id, "FAILED"), (second.payment_id, "SUCCEEDED")]
    assert till.told_customer() == [("payment_failed", "19.99"), ("payment_succeeded", "19.99")]
    assert (await till.payment(first.payment_id))["failure_code"] == "generic_decline"
    assert [each["status"] for each in await till.provider.intents()] == ["succeeded", "canceled"]
