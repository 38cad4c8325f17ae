"""The same details again change nothing, however they are typed."""

from tests.money.conftest import BREAD, Shop
from tests.support import problem


async def test_a_coupon_in_other_letters_is_the_same_coupon_and_leaves_the_payment(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="5.00")
    await shop.add("coupon", code="SAVE10", type="PERCENT", value="10")
    order_id = await shop.intent((BREAD, 1))
    await shop.details(order_id, "Save10")
    await shop.pay(order_id)
    before = await shop.read(order_id)

    again = await shop.details(order_id, " save10 ", "SAVE10")

    assert again.json()["coupon_codes"] == ["SAVE10"]
    assert again.json()["payment_id"] == before["payment_id"] is not None


async def test_a_blank_coupon_is_refused_by_its_field(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="5.00")
    order_id = await shop.intent((BREAD, 1))

    refused = await shop.details(order_id, "   ")

    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "coupon_codes[0]")
    assert (await shop.read(order_id))["total"] is None
