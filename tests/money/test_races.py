"""Everybody acts at once: the money that Stripe keeps is what the order says was paid and not given back."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest

from tests.money.conftest import BREAD, Shop
from tests.support import until
from tests.support.effort import effort

pytestmark = pytest.mark.timeout(900)


async def kept_at_stripe(shop: Shop, order_id: str) -> Decimal:
    """The money of an order that was charged and has not gone back."""
    intents = [each for each in await shop.provider.intents() if each["metadata"]["order_id"] == order_id]
    charged = {each["id"]: each["amount_received"] for each in intents}
    refunds = await shop.provider.refunds()
    back = sum(each["amount"] for each in refunds if each["payment_intent"] in charged)
    return Decimal(sum(charged.values()) - back) / 100


async def kept_by_order(shop: Shop, order_id: str) -> Decimal:
    """The same as the order knows it."""
    order = await shop.read(order_id)
    paid = order["payment_status"] in ("SUCCEEDED", "REFUNDED")
    return Decimal(order["total"]) - Decimal(order["refunded_total"]) if paid else Decimal(0)


async def press_and_pay(shop: Shop, order_id: str) -> None:
    """Press Pay in a tab, and pay there if that is possible."""
    answer = await shop.pay(order_id)
    assert answer.status_code in (200, 409), answer.text
    if answer.status_code == 200:
        await shop.provider.pay(answer.json()["client_secret"])


async def agreed(shop: Shop, order_id: str) -> Decimal:
    """Wait until all events and jobs are done and all sides agree; the money that is kept then."""

    async def agree() -> bool:
        await shop.settle()
        delivered = not any(each["pending_webhooks"] for each in await shop.provider.events())
        return delivered and await kept_at_stripe(shop, order_id) == await kept_by_order(shop, order_id)

    await until(agree)
    return await kept_at_stripe(shop, order_id)


async def test_pay_in_two_tabs_while_details_change_and_the_order_is_cancelled(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="5.00")
    await shop.add("coupon", code="TEN", type="PERCENT", value="10")
    draw = random.Random(5)
    for _ in range(effort(50)):
        order_id = await shop.intent((BREAD, draw.randint(1, 3)))
        await shop.details(order_id)
        acts = [press_and_pay(shop, order_id), press_and_pay(shop, order_id)]
        others: list[Any] = [shop.details(order_id, "TEN"), shop.cancel(order_id), shop.details(order_id)]
        acts += draw.sample(others, draw.randint(0, 2))
        draw.shuffle(acts)
        for unused in others:
            if unused not in acts:
                unused.close()

        await asyncio.gather(*acts)

        kept = await agreed(shop, order_id)
        status = (await shop.read(order_id))["status"]
        assert kept == 0 if status in ("cancelled", "pending") else kept > 0


async def test_refunds_of_order_payment_and_stripe_at_once_never_break_the_cap(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="5.00")
    draw = random.Random(6)
    for _ in range(effort(40)):
        order_id = await shop.bought((BREAD, 3))
        payment_id = (await shop.read(order_id))["payment_id"]
        (intent,) = [
            each["id"] for each in await shop.provider.intents() if each["metadata"]["order_id"] == order_id
        ]
        amounts = [f"{draw.randint(1, 900) / 100:.2f}" for _ in range(6)]

        await asyncio.gather(
            *(shop.refund(order_id, amount=amount) for amount in amounts[:3]),
            shop.refund(order_id, lines=[{"product_id": str(BREAD), "quantity": 1}]),
            shop.payment.http.post(
                f"/api/payments/{payment_id}/refund",
                json={"amount": amounts[3], "reason": "at payment"},
                headers=shop.admin,
            ),
            shop.provider.refund(intent, amount=str(draw.randint(1, 900))),
            shop.cancel(order_id) if draw.randint(0, 1) else asyncio.sleep(0),
        )

        kept = await agreed(shop, order_id)
        refunds = await shop.refunds(order_id)
        done = sum(Decimal(each["amount"]) for each in refunds if each["status"] == "SUCCEEDED")
        order = await shop.read(order_id)
        assert done == Decimal(order["refunded_total"])
        if order["status"] == "cancelled":
            assert kept == 0 or order["attention"]
