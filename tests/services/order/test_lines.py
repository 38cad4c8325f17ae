"""Lines of a pending order: what cannot be bought is refused or taken out."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.order.v1 import order_pb2
from bunmart.pricing.v1.pricing_pb2 import GetPricesResponse, PriceInfo
from bunmart_chassis.errors import NotFoundError

from tests.services.order.conftest import ADDRESS, BUN, ROLL, UNPRICED, USER, Shop
from tests.support import problem, rpc_error

CART = "018f0000-0000-7000-8000-0000000000ca"


@pytest.mark.parametrize(("cart", "asked"), [("", "CalculateOrderPricing"), (CART, "GetPrices")])
async def test_a_product_without_a_price_is_refused_at_once(shop: Shop, cart: str, asked: str) -> None:
    """Without a cart pricing asks product too, whether it is for sale."""
    line = order_pb2.CreateOrderIntentRequest.CartLine(product_id=str(UNPRICED), quantity=1)
    request = order_pb2.CreateOrderIntentRequest(user_id=str(USER), items=[line], cart_id=cart)
    error = await rpc_error(shop.stub.CreateOrderIntent(request))

    assert (error.reason, error.metadata["product_ids"]) == ("PRODUCT_NOT_FOR_SALE", str(UNPRICED))
    assert await shop.database.fetch("SELECT 1 FROM orders") == []
    assert len(shop.peers.calls(asked)) == 1


def _offer(product_id: UUID, currency: str = "EUR", minimum: int = 1) -> PriceInfo:
    return PriceInfo(
        product_id=str(product_id), unit_price="2.50", currency_code=currency, minimum_quantity=minimum
    )


def _from_cart(buns: int) -> order_pb2.CreateOrderIntentRequest:
    line = order_pb2.CreateOrderIntentRequest.CartLine
    items = [line(product_id=str(BUN), quantity=buns), line(product_id=str(ROLL), quantity=1)]
    return order_pb2.CreateOrderIntentRequest(user_id=str(USER), items=items, cart_id=CART)


@pytest.mark.parametrize(
    "offers",
    [[_offer(BUN, minimum=12), _offer(ROLL)], [_offer(BUN, "JPY"), _offer(ROLL)]],
    ids=["only for more pieces", "in another currency"],
)
async def test_a_cart_that_cannot_be_priced_makes_no_order(shop: Shop, offers: list[PriceInfo]) -> None:
    """A product may have a price that is not for so few pieces; its order would be a dead end."""
    shop.peers.answer("GetPrices", GetPricesResponse(prices=offers))
    named = {"product_id": str(BUN), "product_ids": str(BUN)}
    shop.peers.fail("CalculateOrderPricing", NotFoundError("None.", code="PRICE_NOT_FOUND", metadata=named))

    error = await rpc_error(shop.stub.CreateOrderIntent(_from_cart(buns=11)))

    assert (error.reason, error.metadata["product_ids"]) == ("PRODUCT_NOT_FOR_SALE", str(BUN))
    assert await shop.database.fetch("SELECT 1 FROM orders") == []
    assert await shop.database.fetch("SELECT 1 FROM pgqueuer") == []


async def test_pricing_decides_where_a_product_has_other_currencies_too(shop: Shop) -> None:
    """Its prices are shown in one currency only, and the other may be the one of all products."""
    shop.peers.answer("GetPrices", GetPricesResponse(prices=[_offer(BUN, minimum=12), _offer(ROLL)]))

    assert (await shop.stub.CreateOrderIntent(_from_cart(buns=11))).order_id

    (request,) = shop.peers.requests("CalculateOrderPricing")
    assert [(item.product_id, item.quantity) for item in request.items] == [(str(BUN), 11), (str(ROLL), 1)]
    await shop.stub.CreateOrderIntent(_from_cart(buns=12))
    assert len(shop.peers.calls("CalculateOrderPricing")) == 1


async def test_an_order_without_a_cart_is_refused_with_the_products_that_cannot_be_bought(shop: Shop) -> None:
    gone = f"{BUN}, {ROLL}"
    shop.peers.fail(
        "CalculateOrderPricing",
        NotFoundError(
            "Gone.", code="PRODUCT_NOT_FOUND", metadata={"product_id": str(BUN), "product_ids": gone}
        ),
    )
    body = {"items": [{"product_id": str(product), "quantity": 1} for product in (BUN, ROLL)]}
    response = await shop.http.post("/api/orders", json=body, headers=shop.customer)

    assert (response.status_code, problem(response)["code"]) == (409, "PRODUCT_NOT_FOR_SALE")
    assert problem(response)["metadata"] == {"product_ids": gone}
    assert await shop.database.fetch("SELECT 1 FROM orders") == []


async def test_notes_reach_the_order_and_the_kitchen(shop: Shop) -> None:
    order_id = await shop.intent(note="severe nut allergy", bun_note="Happy 40, Ann!")
    await shop.details(order_id)
    await shop.pay(order_id)
    await shop.produce(order_id)

    (request,) = shop.peers.requests("CreateProductionOrder")
    assert (request.note, request.lines[0].note, request.lines[0].name) == (
        "severe nut allergy",
        "Happy 40, Ann!",
        "Bun",
    )
    assert list(request.lines[0].allergens) == ["gluten"]
    info = (await shop.stub.GetOrder(order_pb2.GetOrderRequest(order_id=order_id))).order
    assert (info.note, info.order_number) == ("severe nut allergy", request.order_number)


async def _line(shop: Shop, order_id: str, product: object, body: dict[str, Any] | None) -> Any:
    path = f"/api/orders/{order_id}/lines/{product}"
    if body is None:
        return await shop.http.delete(path, headers=shop.customer)
    return await shop.http.put(path, json=body, headers=shop.customer)


@pytest.mark.parametrize("body", [None, {"quantity": 5, "note": "soft"}])
async def test_a_changed_order_needs_its_details_anew(shop: Shop, body: dict[str, Any] | None) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)
    await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)

    changed = (await _line(shop, order_id, BUN, body)).json()

    assert (changed["total"], changed["payment_id"]) == (None, None)
    lines = [(line["product_id"], line["quantity"], line["note"]) for line in changed["lines"]]
    assert lines == ([(str(BUN), 5, "soft")] if body else []) + [(str(ROLL), 1, "")]
    pay = await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)
    assert problem(pay)["code"] == "ORDER_INCOMPLETE"
    assert (await shop.details(order_id))["total"] is not None


async def test_the_last_line_stays(shop: Shop) -> None:
    order_id = await shop.intent()
    await _line(shop, order_id, BUN, None)

    response = await _line(shop, order_id, ROLL, None)

    assert (response.status_code, problem(response)["code"]) == (409, "ORDER_NEEDS_LINES")
    assert len((await shop.read(order_id))["lines"]) == 1


@pytest.mark.parametrize("body", [None, {"quantity": 1, "note": ""}])
async def test_a_line_that_is_not_there_is_not_found(shop: Shop, body: dict[str, Any] | None) -> None:
    order_id = await shop.intent()
    await shop.details(order_id)

    response = await _line(shop, order_id, uuid4(), body)

    assert (response.status_code, problem(response)["code"]) == (404, "ORDER_LINE_NOT_FOUND")
    assert (await shop.read(order_id))["total"] == "12.40"


@pytest.mark.parametrize("body", [None, {"quantity": 1, "note": ""}])
async def test_a_paid_order_keeps_its_lines(shop: Shop, body: dict[str, Any] | None) -> None:
    order_id = await shop.paid()
    before = await shop.read(order_id)

    response = await _line(shop, order_id, BUN, body)

    assert (response.status_code, problem(response)["code"]) == (409, "ORDER_NOT_PENDING")
    assert await shop.read(order_id) == before


async def test_a_line_that_changes_while_the_order_is_priced_leaves_no_wrong_total(shop: Shop) -> None:
    order_id = await shop.intent()
    calculate = shop.pricing.price

    async def change_and_price(request: Any) -> Any:
        await _line(shop, order_id, BUN, {"quantity": 7, "note": ""})
        return calculate(request)

    shop.peers.answer("CalculateOrderPricing", change_and_price)
    response = await shop.http.put(
        f"/api/orders/{order_id}/details", json={"address_id": str(ADDRESS)}, headers=shop.customer
    )

    assert (response.status_code, problem(response)["code"]) == (409, "ABORTED")
    assert (await shop.read(order_id))["total"] is None
