"""The steps of paying: with a card that is declined, then with a good one."""

from typing import Any

from bunmart_dev.demo.story import Step, Story

GOOD_CARD, DECLINED_CARD = "pm_card_visa", "pm_card_chargeDeclined"
"""Payment methods of Stripe's test mode (https://docs.stripe.com/testing#cards)."""
_PAYMENT_REQUIRED = 402


async def paying(story: Story) -> None:
    """Press Pay, be declined, press Pay again, be paid."""
    first = await _press_pay(story, "presses Pay")
    await _be_declined(story, first)
    second = await _press_pay(story, "presses Pay again", before=first)
    async with story.step("customer", "pays with a good card", leaves="") as step:
        intent = await confirm(step, second, GOOD_CARD)
        step.check(
            intent["status"] == "succeeded", f"the card is good, but the payment is {intent['status']}"
        )
    await _be_paid(story, second)


async def _press_pay(story: Story, title: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    async with story.step("customer", title, leaves="pending") as step:
        page: dict[str, Any] = await step.call("POST", f"{story.order_path}/request-payment", story.customer)
        step.check(
            bool(page["payment_intent_id"] and page["client_secret"]),
            "the answer must have a payment_intent_id and a client_secret",
        )
        if before is not None:
            step.check(
                page["payment_intent_id"] != before["payment_intent_id"],
                "a new attempt must have a new payment intent",
            )
        config = await step.call("GET", "/api/payments/config", story.customer)
        payment = await step.call("GET", f"/api/payments/{page['payment_intent_id']}", story.customer)
        step.check(payment["status"] == "PENDING", f"the payment must be PENDING, but is {payment['status']}")
        step.check(
            payment["amount"] == story.total,
            f"the payment must be over {story.total}, but is over {payment['amount']}",
        )
    return {**page, **config}


async def _be_declined(story: Story, page: dict[str, Any]) -> None:
    title = "pays with a card that is declined"
    async with story.step("customer", title, leaves="pending", webhook=True) as step:
        answer = await confirm(step, page, DECLINED_CARD, expect=_PAYMENT_REQUIRED)
        step.check(
            answer["error"]["code"] == "card_declined", f"the card must be declined: {answer['error']}"
        )
        await step.until(
            "the payment is FAILED",
            f"/api/payments/{page['payment_intent_id']}",
            story.customer,
            lambda payment: payment["status"] == "FAILED",
        )
        await step.until(
            "the order knows that the payment failed, and is still pending",
            story.order_path,
            story.customer,
            lambda order: (order["status"], order["payment_status"]) == ("pending", "FAILED"),
        )


async def _be_paid(story: Story, page: dict[str, Any]) -> None:
    async with story.step("Stripe", "tells the shop by webhook", leaves="paid", webhook=True) as step:
        await step.until(
            "the payment is SUCCEEDED",
            f"/api/payments/{page['payment_intent_id']}",
            story.customer,
            lambda payment: payment["status"] == "SUCCEEDED",
        )
        await step.until(
            "the order is paid",
            story.order_path,
            story.customer,
            lambda order: (order["status"], order["payment_status"]) == ("paid", "SUCCEEDED"),
        )


async def confirm(step: Step, page: dict[str, Any], card: str, expect: int = 200) -> Any:
    """Confirm a payment intent at the provider, as Stripe.js does in the browser."""
    secret = page["client_secret"]
    intent_id = secret.partition("_secret_")[0]
    form = {"payment_method": card, "client_secret": secret, "key": page["publishable_key"]}
    url = f"{page['provider_url']}/v1/payment_intents/{intent_id}/confirm"
    headers = {"authorization": f"Bearer {page['publishable_key']}"}
    return await step.call("POST", url, form=form, headers=headers, expect=expect)
