"""A customer who disputes a charge at the bank: an admin sees it at the order."""

from tests.money.conftest import BREAD, Shop


async def test_a_dispute_and_its_end_are_shown_to_an_admin_alone(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="10.00")
    order_id = await shop.intent((BREAD, 2))
    await shop.details(order_id)
    secret = (await shop.pay(order_id)).json()["client_secret"]

    await shop.provider.pay(secret, "pm_card_createDispute")

    order = await shop.comes_to(order_id, status="paid")
    (event,) = [each for each in await shop.provider.events() if each["type"] == "charge.dispute.created"]
    text = f"Dispute {event['data']['object']['id']} of 24.90 EUR at the bank (fraudulent): needs response."
    await shop.comes_to(order_id, attention=text)
    seen = await shop.order.http.get(f"/api/orders/{order_id}", headers=shop.customer)
    assert seen.json()["attention"] is None
    history = await shop.order.http.get(f"/api/orders/{order_id}/history", headers=shop.customer)
    assert "fraudulent" not in history.text
    logs = await shop.payment.http.get(f"/api/payments/{order['payment_id']}/logs", headers=shop.admin)
    assert [each["event"] for each in logs.json()["items"]].count("disputed") == 1


async def test_a_refund_of_a_disputed_charge_stays_with_the_shop_and_says_so(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="10.00")
    order_id = await shop.intent((BREAD, 2))
    await shop.details(order_id)
    await shop.provider.pay((await shop.pay(order_id)).json()["client_secret"], "pm_card_createDispute")
    await shop.comes_to(order_id, status="paid")

    await shop.refund(order_id, amount="5.00")

    order = await shop.comes_to(order_id, refunded_total="0.00")
    (refund,) = await shop.refunds(order_id)
    assert refund["status"] == "FAILED"
    assert "Dispute" in order["attention"]
    assert refund["refund_id"] in order["attention"]
