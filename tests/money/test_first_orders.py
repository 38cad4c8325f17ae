"""A coupon for the first order: whoever has paid an order, with a coupon or without, has ordered before."""

from tests.money.conftest import BREAD, Shop
from tests.support import problem


async def test_an_order_without_coupons_is_a_first_order_too(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="5.00")
    await shop.add("coupon", code="WELCOME", type="PERCENT", value="10", first_order_only=True)
    await shop.bought((BREAD, 1))
    await shop.settle()

    refused = await shop.details(await shop.intent((BREAD, 1)), "WELCOME")

    assert refused.status_code == 409
    assert problem(refused)["metadata"]["coupon_reason"] == "FIRST_ORDER_ONLY"
