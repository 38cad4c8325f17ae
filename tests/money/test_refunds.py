"""Refunds from the order to Stripe and back: their tax, those made by hand, those that fail at the bank."""

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.money.conftest import BREAD, CANDLE, COFFEE, OpenShop, Shop
from tests.support.effort import effort

RATES = {"food": "7", "beverage": "20", "standard": "19"}


async def stock(shop: Shop, *prices: str) -> None:
    """Give bread, coffee and candles their prices."""
    for product, price in zip((BREAD, COFFEE, CANDLE), prices, strict=False):
        await shop.add("price", product_id=str(product), unit_price=price)


def by_rate(parts: list[dict[str, Any]]) -> dict[str, tuple[Decimal, Decimal]]:
    """The sums of amounts and taxes by rate."""
    found: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for part in parts:
        amount, tax = found[part["rate"]]
        found[part["rate"]] = amount + Decimal(part["amount"]), tax + Decimal(part["tax"])
    return {rate: each for rate, each in found.items() if each[0]}


async def sold_by_rate(shop: Shop, order_id: str) -> dict[str, tuple[Decimal, Decimal]]:
    """The same of what was sold, delivery included."""
    order = await shop.read(order_id)
    parts = [
        {
            "rate": line["tax_rate"],
            "amount": Decimal(line["line_total"]) - Decimal(line["discount_total"]),
            "tax": line["tax_total"],
        }
        for line in order["lines"]
    ]
    delivery_tax = Decimal(order["tax_total"]) - sum(Decimal(part["tax"]) for part in parts)
    parts.append({"rate": "19", "amount": order["shipping_total"], "tax": delivery_tax})
    return by_rate(parts)


async def given_back_by_rate(shop: Shop, order_id: str) -> dict[str, tuple[Decimal, Decimal]]:
    """The same of what was given back."""
    refunds = [each for each in await shop.refunds(order_id) if each["status"] != "FAILED"]
    return by_rate([part for each in refunds for part in each["taxes"]])


async def test_pieces_then_the_rest_give_back_at_each_rate_what_was_sold_at_it(open_shop: OpenShop) -> None:
    shop = await open_shop(tax_rates=RATES)
    await stock(shop, "10.00", "10.00")
    order_id = await shop.bought((BREAD, 1), (COFFEE, 1))

    await shop.refund(order_id, lines=[{"product_id": str(BREAD), "quantity": 1}])
    await shop.refund(order_id)

    _, rest = await shop.refunds(order_id)
    assert [(part["rate"], part["amount"]) for part in rest["taxes"]] == [("19", "4.90"), ("20", "10.00")]
    assert await given_back_by_rate(shop, order_id) == await sold_by_rate(shop, order_id)


async def test_the_tax_of_many_small_refunds_is_that_of_the_sale(open_shop: OpenShop) -> None:
    shop = await open_shop(tax_rates=RATES)
    await stock(shop, "0.99", "3.33", "0.07")
    await shop.add("coupon", code="SEVEN", type="PERCENT", value="7.77")
    draw = random.Random(11)
    for _ in range(effort(10)):
        basket = ((BREAD, draw.randint(1, 9)), (COFFEE, draw.randint(1, 5)), (CANDLE, draw.randint(1, 5)))
        order_id = await shop.bought(*basket, coupons=("SEVEN",))
        for _ in range(draw.randint(1, 6)):
            product, _ = draw.choice(basket)
            part: dict[str, Any] = {"amount": f"0.{draw.randint(1, 99):02}"}
            if draw.randint(0, 1):
                part = {"lines": [{"product_id": str(product), "quantity": 1}]}
            await shop.refund(order_id, **part)
        await shop.refund(order_id)

        order = await shop.comes_to(order_id, payment_status="REFUNDED")
        assert order["refunded_total"] == order["total"]
        assert await given_back_by_rate(shop, order_id) == await sold_by_rate(shop, order_id)
        refunds = await shop.refunds(order_id)
        assert all(Decimal(part["tax"]) >= 0 for each in refunds for part in each["taxes"])
        assert all(
            sum(Decimal(part["amount"]) for part in each["taxes"]) == Decimal(each["amount"])
            for each in refunds
        )


async def test_money_given_back_by_hand_at_stripe_is_a_refund_of_the_order(shop: Shop) -> None:
    await stock(shop, "10.00")
    order_id = await shop.bought((BREAD, 2))
    await shop.refund(order_id, amount="3.00")
    await shop.comes_to(order_id, refunded_total="3.00")
    (intent,) = await shop.provider.intents()

    await shop.provider.refund(intent["id"], amount="500")

    order = await shop.comes_to(order_id, refunded_total="8.00")
    assert order["payment_status"] == "SUCCEEDED"
    refunds = await shop.refunds(order_id)
    assert [(each["status"], each["amount"]) for each in refunds] == [
        ("SUCCEEDED", "3.00"),
        ("SUCCEEDED", "5.00"),
    ]
    assert refunds[1]["reason"] == "refunded at Stripe"
    assert sum(Decimal(part["amount"]) for part in refunds[1]["taxes"]) == 5
    receipt = await shop.order.http.get(f"/api/orders/{order_id}/receipt", headers=shop.admin)
    assert "-5.00" in receipt.text
    await shop.refund(order_id)
    assert await given_back_by_rate(shop, order_id) == await sold_by_rate(shop, order_id)


async def test_a_refund_that_fails_at_the_bank_is_owed_again(shop: Shop) -> None:
    await stock(shop, "10.00")
    order_id = await shop.intent((BREAD, 2))
    await shop.details(order_id)
    secret = (await shop.pay(order_id)).json()["client_secret"]
    await shop.provider.pay(secret, "pm_card_refundFail")
    await shop.comes_to(order_id, status="paid")

    await shop.refund(order_id)

    order = await shop.comes_to(order_id, refunded_total="0.00")
    (refund,) = await shop.refunds(order_id)
    assert (order["status"], order["payment_status"], refund["status"]) == (
        "cancelled",
        "SUCCEEDED",
        "FAILED",
    )
    assert refund["refund_id"] in order["attention"]
    receipt = await shop.order.http.get(f"/api/orders/{order_id}/receipt", headers=shop.admin)
    assert "given back" not in receipt.text
    assert (await shop.refund(order_id)).status_code == 201
