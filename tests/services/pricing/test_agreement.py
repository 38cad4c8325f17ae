"""Every way to ask for a price gives the same one, for random baskets, currencies and rules."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from bunmart.pricing.v1.pricing_pb2 import (
    CalculateOrderPricingResponse,
    CalculatePriceRequest,
    GetDiscountsRequest,
    GetPricesRequest,
)
from bunmart_chassis.money import exponent
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.services.pricing.conftest import BUN, DRINKS, ROLL, USER, Till
from tests.support import rpc_error
from tests.support.effort import effort

Shop = dict[str, list[dict[str, Any]]]
Example = tuple[Shop, list[tuple[UUID, int]]]
PRODUCTS = (BUN, ROLL, uuid4())
CODES = ("AAA", "BBB", "CCC")
SCOPES = st.sampled_from(
    [{}, {"category_id": str(DRINKS)}, *({"product_id": str(product_id)} for product_id in PRODUCTS)]
)
NEVER_NEGATIVE = ("total", "tax_total", "delivery_total")
PERCENTS = st.decimals(Decimal("0.01"), Decimal(100), places=2)


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Prices, discounts and coupons as an admin writes them, all in one currency."""
    currency = draw(st.sampled_from(["EUR", "USD", "JPY"]))
    steps = st.integers(1, 9999).map(lambda count: count * exponent(currency))

    def price(product_id: UUID, minimum: int) -> dict[str, Any]:
        return {
            "product_id": str(product_id),
            "unit_price": str(draw(steps)),
            "currency_code": currency,
            "minimum_quantity": minimum,
        }

    def reduction() -> dict[str, Any]:
        kind = draw(st.sampled_from(["PERCENT", "FIXED"]))
        value = draw(PERCENTS if kind == "PERCENT" else steps)
        return {"type": kind, "value": str(value), "currency_code": currency, **draw(SCOPES)}

    tiers = draw(st.lists(st.integers(2, 20), max_size=2, unique=True))
    coupons = [{"code": code, **reduction()} for code in CODES[: draw(st.integers(0, 2))]]
    if draw(st.booleans()):
        coupons.append({"code": CODES[2], "type": "FREE_DELIVERY"})
    return {
        "price": [price(product_id, least) for product_id in PRODUCTS for least in (1, *tiers)],
        "discount": [
            reduction() | {"description": f"D{number}"} for number in range(draw(st.integers(0, 3)))
        ],
        "coupon": coupons,
    }


BASKETS = st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 50)), min_size=1, max_size=4)


async def stock(till: Till, shop: Shop) -> None:
    """Sell what the shop has, and nothing else."""
    await till.database.execute("TRUNCATE prices, discounts, coupons CASCADE")
    await asyncio.gather(*(till.add(noun, **body) for noun, bodies in shop.items() for body in bodies))


def as_quote(answer: CalculateOrderPricingResponse) -> dict[str, Any]:
    """The amounts of an answer over gRPC, as the quote has them."""
    names = "subtotal discount_total total currency_code delivery_total grand_total tax_total"
    return {name: getattr(answer, name) for name in names.split()} | {
        "lines": [
            (line.unit_price, line.line_total, line.discount_total, line.tax_rate, line.tax_total)
            for line in answer.lines
        ],
        "discounts": [(each.description, each.amount, each.coupon_code) for each in answer.discounts],
    }


def as_answer(quote: dict[str, Any]) -> dict[str, Any]:
    """The same of a quote over REST."""
    names = "subtotal discount_total total currency_code delivery_total grand_total tax_total"
    fields = "unit_price line_total discount_total tax_rate tax_total"
    return {name: quote[name] for name in names.split()} | {
        "lines": [tuple(line[name] for name in fields.split()) for line in quote["lines"]],
        "discounts": [
            (each["description"], each["amount"], each["coupon_code"] or "") for each in quote["discounts"]
        ],
    }


async def check(till: Till, shop: Shop, basket: list[tuple[UUID, int]]) -> None:
    """Ask in every way and compare."""
    await stock(till, shop)
    quote = await till.quote(*basket, coupon_codes=list(CODES))
    usable = [each["coupon_code"] for each in quote["discounts"] if each["coupon_code"]]
    assert len(usable) + len(quote["refused_coupons"]) == len(CODES)

    if quote["not_chargeable"]:
        await check_refusal(till, quote, basket, usable)
    else:
        order = await till.totals(*basket, coupons=usable[::-1])
        assert as_quote(order) == as_answer(quote)
        lines = [Decimal(line.discount_total) for line in order.lines]
        assert sum(lines) == Decimal(order.discount_total)
        assert min(*lines, *(Decimal(getattr(order, name)) for name in NEVER_NEGATIVE)) >= 0

    await check_one_product(till, basket[0])


async def check_refusal(
    till: Till, quote: dict[str, Any], basket: list[tuple[UUID, int]], coupons: list[str]
) -> None:
    """Order's own question is refused for the reason that the quote gives, which names the same limit."""
    refused = await rpc_error(till.totals(*basket, coupons=coupons))
    assert refused.reason == "TOTAL_NOT_CHARGEABLE"
    named = {name: refused.metadata[name] for name in ("reason", "limit")}
    assert named == {name: quote["not_chargeable"][name] for name in named}


async def check_one_product(till: Till, item: tuple[UUID, int]) -> None:
    """Compare the price of one product with an order of one line, and with its price and discounts."""
    product_id, quantity = item
    for code in CODES:
        alone = await till.stub.CalculatePrice(
            CalculatePriceRequest(
                product_id=str(product_id), quantity=quantity, coupon_code=code, user_id=str(USER)
            )
        )
        line = await till.quote(item, coupon_codes=[code] if alone.coupon_applied else [])
        assert (alone.subtotal, alone.discount_amount, alone.total, alone.currency_code) == (
            line["subtotal"],
            line["discount_total"],
            line["total"],
            line["currency_code"],
        )
    prices = (await till.stub.GetPrices(GetPricesRequest(product_ids=[str(product_id)]))).prices
    fitting = [Decimal(each.unit_price) for each in prices if each.minimum_quantity <= quantity]
    assert Decimal(alone.unit_price) == min(fitting)
    plain = await till.stub.CalculatePrice(
        CalculatePriceRequest(product_id=str(product_id), quantity=quantity)
    )
    found = await till.stub.GetDiscounts(GetDiscountsRequest(product_ids=[str(product_id)]))
    if plain.currency_code == "EUR":
        best = max((reduced(each, plain) for each in found.discounts), default=Decimal(0))
        assert abs(best - Decimal(plain.discount_amount)) <= Decimal("0.005")


def reduced(discount: Any, plain: Any) -> Decimal:
    """The amount that a discount takes off, before it is rounded."""
    subtotal, value = Decimal(plain.subtotal), Decimal(discount.value)
    return min(subtotal * value / 100 if discount.type == "PERCENT" else value * plain.quantity, subtotal)


def examples(number: int) -> list[Example]:
    """Draw shops with baskets. They are drawn first, because hypothesis calls no coroutines."""
    drawn: list[Example] = []

    @settings(max_examples=effort(number), deadline=None, phases=[Phase.generate], database=None)
    @given(shops(), BASKETS)
    def draw(shop: Shop, basket: list[tuple[UUID, int]]) -> None:
        drawn.append((shop, basket))

    draw()
    return drawn


async def test_every_way_to_ask_gives_the_same_price(till: Till) -> None:
    for shop, basket in examples(40):
        note = f"{shop=} {basket=}"
        try:
            await check(till, shop, basket)
        except AssertionError as error:
            error.add_note(note)
            raise
