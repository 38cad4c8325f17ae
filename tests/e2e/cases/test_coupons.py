"""Coupons: each once, in one order, within their limits."""

import asyncio
from collections import Counter

import httpx
import pytest

from tests.e2e.cases.shop import Person, Shop
from tests.support.effort import effort

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
RACERS, LIMITS = 10, (1, 3, 9)
"""The customers who race in each round, and the uses of its coupon in turn."""


@pytest.mark.parametrize("again", [str.lower, "  {}".format, "{} ".format])
async def test_a_code_that_is_typed_twice_counts_and_is_listed_once(
    shop: Shop, customer: Person, product: str, again: "type[str]"
) -> None:
    """Reported: in upper and lower case it was listed twice."""
    coupon = await shop.coupon("FIXED", "5.00")
    order_id = await shop.order(customer, product)

    order = await shop.details(customer, order_id, coupon["code"], again(coupon["code"]))

    assert (order["coupon_codes"], order["total"]) == ([coupon["code"]], "19.90")
    assert [each["coupon_code"] for each in order["discounts"]] == [coupon["code"]]
    body = {
        "items": [{"product_id": product, "quantity": 1}],
        "coupon_codes": [coupon["code"], again(coupon["code"])],
    }
    quote = await shop.call(customer, "POST", "/api/quotes", body, expect=200)
    assert (len(quote["discounts"]), quote["grand_total"]) == (1, "19.90")
    await shop.pay(customer, order_id)


async def test_the_order_in_which_coupons_are_typed_changes_nothing(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: 12.40 and 9.90 for the same two coupons."""
    fixed, half = await shop.coupon("FIXED", "5.00"), await shop.coupon("PERCENT", "50")
    order_id = await shop.order(customer, product)

    totals = [
        (await shop.details(customer, order_id, *codes))["total"]
        for codes in ((fixed["code"], half["code"]), (half["code"], fixed["code"]))
    ]

    # Percentages come before fixed amounts: 20.00 - 10.00 - 5.00 + 4.90.
    assert totals == ["9.90", "9.90"]


async def test_a_coupon_never_costs_the_free_delivery(shop: Shop, customer: Person) -> None:
    """Reported: with a coupon of 100 % on goods with free delivery, delivery cost 4.90."""
    product = await shop.product("38.40")
    coupon = await shop.coupon("PERCENT", "100")
    body = {"items": [{"product_id": product, "quantity": 1}]}
    shown = await shop.call(customer, "POST", "/api/quotes", body, expect=200)
    order_id = await shop.order(customer, product)

    order = await shop.details(customer, order_id, coupon["code"])

    assert shown["delivery_total"] == order["shipping_total"] == "0.00"
    assert (order["discount_total"], order["total"]) == ("38.40", "0.00")
    page = await shop.press_pay(customer, order_id)
    assert page == {"payment_intent_id": "", "client_secret": ""}
    await shop.until_order(customer, order_id, status="paid")


async def test_a_coupon_for_one_use_of_a_customer_is_used_when_paid_and_returned_by_a_refund(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: one customer used a coupon for three paid orders."""
    coupon = await shop.coupon(limit_per_customer=1)
    first, second = [await shop.order(customer, product) for _ in range(2)]
    await shop.details(customer, first, coupon["code"])
    await shop.details(customer, second, coupon["code"])
    await shop.pay(customer, first)

    refused = await shop.refused(customer, "POST", f"/api/orders/{second}/request-payment", status=409)
    assert (refused["code"], refused["metadata"]["coupon_code"]) == ("COUPON_NOT_USABLE", coupon["code"])
    other = await shop.customer()
    await shop.details(other, await shop.order(other, product), coupon["code"])

    await shop.call(customer, "POST", f"/api/orders/{first}/cancel", {})
    await shop.until_order(customer, first, refunded_total="14.90", payment_status="REFUNDED")

    async def usable() -> bool:
        answer = await shop.send(customer, "POST", f"/api/orders/{second}/request-payment")
        return answer.is_success

    await shop.until_true(usable)


@pytest.mark.parametrize("with_coupon", [True, False])
async def test_a_welcome_coupon_is_for_the_first_order_only(
    shop: Shop, product: str, with_coupon: bool
) -> None:
    """Reported: the welcome coupon worked for an old customer."""
    coupon = await shop.coupon("PERCENT", "10", first_order_only=True)
    customer = await shop.customer()
    await shop.buy(customer, product, 1, *([coupon["code"]] if with_coupon else []))

    order_id = await shop.order(customer, product)
    refused = await shop.details(customer, order_id, coupon["code"], expect=409)

    assert (refused["code"], refused["metadata"]["coupon_code"]) == ("COUPON_NOT_USABLE", coupon["code"])
    assert (await shop.read(customer, order_id))["total"] is None


async def test_a_customer_has_one_first_order_however_many_coupons_he_has_for_it(
    shop: Shop, product: str
) -> None:
    customer = await shop.customer()
    orders = [await shop.order(customer, product) for _ in range(2)]
    for order_id in orders:
        coupon = await shop.coupon("PERCENT", "10", first_order_only=True)
        assert (await shop.details(customer, order_id, coupon["code"]))["total"] == "22.90"

    paths = [f"/api/orders/{each}/request-payment" for each in orders]
    answers = await asyncio.gather(*(shop.send(customer, "POST", path) for path in paths))

    assert sorted(each.status_code for each in answers) == [200, 409]
    assert [each.json()["code"] for each in answers if each.status_code == 409] == ["COUPON_NOT_USABLE"]


@pytest.fixture(scope="module")
async def racers(shop: Shop) -> list[Person]:
    """Customers who press Pay together."""
    return [await shop.customer() for _ in range(RACERS)]


@pytest.mark.timeout(600)
async def test_of_many_who_press_pay_at_once_so_many_get_a_coupon_as_it_has_uses(
    shop: Shop, racers: list[Person], product: str
) -> None:
    """In all rounds together a hundred customers race; who gets no use pays without the coupon."""
    for round_ in range(effort(10)):
        limit = LIMITS[round_ % len(LIMITS)]
        coupon = await shop.coupon(limit_total=limit)
        orders = await asyncio.gather(*(shop.order(each, product) for each in racers))
        entries = list(zip(racers, orders, strict=True))
        await asyncio.gather(*(shop.details(*each, coupon["code"]) for each in entries))

        answers = await asyncio.gather(*(_press_pay(shop, *each) for each in entries))

        assert Counter(each.status_code for each in answers) == {200: limit, 409: RACERS - limit}
        lost = [each for each, answer in zip(entries, answers, strict=True) if answer.status_code == 409]
        reasons = {
            (each.json()["code"], each.json()["metadata"]["coupon_reason"])
            for each in answers
            if each.status_code == 409
        }
        assert reasons == {("COUPON_NOT_USABLE", "USED_UP")}
        priced = await asyncio.gather(*(shop.details(*each) for each in lost))
        assert {each["total"] for each in priced} == {"24.90"}
        without = await asyncio.gather(*(_press_pay(shop, *each) for each in lost))
        assert {each.status_code for each in without} == {200}
    await shop.pay(*lost[0])


async def _press_pay(shop: Shop, who: Person, order_id: str) -> httpx.Response:
    return await shop.send(who, "POST", f"/api/orders/{order_id}/request-payment")
