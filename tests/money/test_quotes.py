"""What the customer agreed to is what he pays: any change between the details and Pay asks him again."""

from collections.abc import Awaitable, Callable

import pytest

from tests.money.conftest import BREAD, COFFEE, SOLD, Shop
from tests.support import problem

Change = Callable[[Shop], Awaitable[object]]


async def _new_price(shop: Shop) -> None:
    await shop.add("price", product_id=str(BREAD), unit_price="5.50", valid_from="2020-01-01T00:00:00Z")


async def _moved_price(shop: Shop) -> None:
    begins = {"valid_from": "2020-01-01T00:00:00Z"}
    await shop.add("price", product_id=str(BREAD), unit_price="5.50", **begins)
    await shop.add("price", product_id=str(COFFEE), unit_price="1.50", **begins)


async def _discount(shop: Shop) -> None:
    await shop.add("discount", type="FIXED", value="0.50", product_id=str(BREAD))


async def _no_coupon(shop: Shop) -> None:
    await shop.pricing.database.execute("UPDATE coupons SET active = false")


async def _smaller_coupon(shop: Shop) -> None:
    await shop.pricing.database.execute("UPDATE coupons SET value = 5")


CHANGES: dict[str, tuple[Change, str, str, str]] = {
    "a price": (_new_price, "QUOTE_CHANGED", "11.20", "11.65"),
    "two prices that cancel out": (_moved_price, "QUOTE_CHANGED", "11.20", "11.20"),
    "a discount": (_discount, "QUOTE_CHANGED", "11.20", "10.75"),
    "the value of the coupon": (_smaller_coupon, "QUOTE_CHANGED", "11.20", "11.55"),
    "the end of the coupon": (_no_coupon, "COUPON_NOT_USABLE", "", "11.90"),
}


async def _agreed(shop: Shop) -> str:
    await shop.add("price", product_id=str(BREAD), unit_price="5.00")
    await shop.add("price", product_id=str(COFFEE), unit_price="2.00")
    await shop.add("coupon", code="TEN", type="PERCENT", value="10")
    order_id = await shop.intent((BREAD, 1), (COFFEE, 1))
    assert (await shop.details(order_id, "TEN")).json()["total"] == "11.20"
    return order_id


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_before_pay_asks_the_customer_again(shop: Shop, name: str) -> None:
    change, code, old, new = CHANGES[name]
    order_id = await _agreed(shop)

    await change(shop)
    refused = await shop.pay(order_id)

    assert (refused.status_code, problem(refused)["code"]) == (409, code)
    if code == "QUOTE_CHANGED":
        metadata = problem(refused)["metadata"]
        assert (metadata["old_total"], metadata["new_total"]) == (old, new)
    assert await shop.provider.intents() == []
    assert (await shop.read(order_id))["payment_id"] is None
    coupons = () if code == "COUPON_NOT_USABLE" else ("TEN",)
    assert (await shop.details(order_id, *coupons)).json()["total"] == new
    await shop.buy(order_id)
    (intent,) = await shop.provider.intents()
    assert intent["amount_received"] == int(new.replace(".", ""))


async def test_another_tax_asks_the_customer_again_although_the_total_is_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await _agreed(shop)
    before = await shop.read(order_id)

    monkeypatch.setitem(SOLD[str(BREAD)], "tax_category", "beverage")
    refused = await shop.pay(order_id)

    assert (refused.status_code, problem(refused)["code"]) == (409, "QUOTE_CHANGED")
    metadata = problem(refused)["metadata"]
    assert (metadata["old_total"], metadata["new_total"]) == ("11.20", "11.20")
    assert await shop.provider.intents() == []
    await shop.details(order_id, "TEN")
    await shop.buy(order_id)
    assert (await shop.read(order_id))["tax_total"] > before["tax_total"]


async def test_a_product_that_is_sold_no_more_is_not_paid(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await _agreed(shop)

    monkeypatch.delitem(SOLD, str(COFFEE))
    refused = await shop.pay(order_id)

    assert (refused.status_code, problem(refused)["code"]) == (409, "PRODUCT_NOT_FOR_SALE")
    assert await shop.provider.intents() == []


async def test_a_change_between_pay_and_the_payment_changes_nothing_any_more(shop: Shop) -> None:
    order_id = await _agreed(shop)
    secret = (await shop.pay(order_id)).json()["client_secret"]

    await _new_price(shop)
    await _no_coupon(shop)
    await shop.provider.pay(secret)

    order = await shop.comes_to(order_id, status="paid")
    assert (order["total"], order["coupon_codes"]) == ("11.20", ["TEN"])
    (intent,) = await shop.provider.intents()
    assert intent["amount_received"] == 1120
