"""The receipt of what the three services sold together."""

import re
from decimal import Decimal

from tests.money.conftest import BREAD, COFFEE, Shop


async def test_every_reduction_has_a_name_and_the_sums_add_up(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="3.33")
    await shop.add("price", product_id=str(COFFEE), unit_price="2.17")
    await shop.add("discount", type="PERCENT", value="5", product_id=str(BREAD))
    await shop.add("coupon", code="SEVEN", type="PERCENT", value="7")
    await shop.add("coupon", code="SHIP", type="FREE_DELIVERY")
    order_id = await shop.bought((BREAD, 3), (COFFEE, 2), coupons=("SEVEN", "SHIP"))

    order = await shop.read(order_id)
    answer = await shop.order.http.get(f"/api/orders/{order_id}/receipt", headers=shop.admin)

    assert [each["description"] for each in order["discounts"]] == ["Discount", "SEVEN", "SHIP"]
    taken_off = sum(Decimal(each["amount"]) for each in order["discounts"])
    assert taken_off == Decimal(order["discount_total"])
    assert Decimal(order["subtotal"]) - taken_off + Decimal(order["shipping_total"]) == Decimal(
        order["total"]
    )
    text = re.sub(r"<[^>]+>|\s+", " ", answer.text)
    assert "-0.00" not in text
    for name, amount in (
        ("Discount", "-0.50"),
        ("SEVEN", "-0.97"),
        ("SHIP", "0.00"),
        ("Total", order["total"]),
    ):
        assert re.search(rf"{name}\s+{re.escape(amount)}", text), (name, amount, text)
