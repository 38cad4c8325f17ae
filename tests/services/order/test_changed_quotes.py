"""What changes between the moment when a customer sees a price and the moment when he pays."""

from typing import Any

import grpc
import pytest
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingRequest, CalculateOrderPricingResponse
from bunmart.user.v1.user_pb2 import AddressInfo, GetUserAddressesResponse
from bunmart_chassis.errors import FailedPreconditionError

from tests.services.order.conftest import ADDRESS, USER, Shop, price
from tests.support import problem, rpc_error


async def _pay(shop: Shop, order_id: str) -> Any:
    return await shop.http.post(f"/api/orders/{order_id}/request-payment", headers=shop.customer)


async def _quoted(shop: Shop) -> str:
    order_id = await shop.intent()
    assert (await shop.details(order_id, ["SAVE1"]))["total"] == "11.40"
    return order_id


def _move(shop: Shop, country: str) -> None:
    """The customer's address is in another country from now on."""
    moved = AddressInfo(
        address_id=str(ADDRESS), user_id=str(USER), line1="1 Oven St", country=country, type="SHIPPING"
    )
    shop.peers.answer("GetUserAddresses", GetUserAddressesResponse(addresses=[moved]))


@pytest.mark.parametrize(
    ("fields", "new_total"),
    [
        ({"delivery_total": "5.90", "grand_total": "12.40", "delivery_tax_total": "0.94"}, "12.40"),
        ({"delivery_total": "0.00", "grand_total": "6.50", "delivery_tax_total": "0.00"}, "6.50"),
        ({"delivery_tax_rate": "7", "delivery_tax_total": "0.32", "tax_total": "0.74"}, "11.40"),
    ],
    ids=["dearer delivery", "free delivery", "tax of delivery"],
)
async def test_delivery_that_changes_is_told_with_both_totals(
    shop: Shop, fields: dict[str, Any], new_total: str
) -> None:
    order_id = await _quoted(shop)
    before = await shop.read(order_id)

    def changed(request: CalculateOrderPricingRequest) -> CalculateOrderPricingResponse:
        priced = price(request)
        priced.MergeFrom(CalculateOrderPricingResponse(**fields))
        return priced

    shop.pricing.price = changed
    refused = problem(await _pay(shop, order_id))

    assert (refused["status"], refused["code"]) == (409, "QUOTE_CHANGED")
    assert refused["metadata"] == {"old_total": "11.40", "new_total": new_total, "currency": "EUR"}
    assert shop.peers.calls("CreatePaymentIntent") == []
    assert await shop.read(order_id) == before
    assert (await shop.details(order_id, ["SAVE1"]))["total"] == new_total
    assert (await _pay(shop, order_id)).status_code == 200


async def test_an_address_that_is_edited_does_not_move_an_order_that_was_priced_for_it(shop: Shop) -> None:
    order_id = await _quoted(shop)

    _move(shop, "AT")

    assert (await _pay(shop, order_id)).status_code == 200
    await shop.payment_result(order_id, "SUCCEEDED")
    assert (await shop.read(order_id))["shipping_address"]["country"] == "DE"


async def test_another_country_needs_a_new_payment(shop: Shop) -> None:
    order_id = await _quoted(shop)
    await _pay(shop, order_id)
    _move(shop, "AT")

    moved = await shop.details(order_id, ["SAVE1"])

    assert (moved["shipping_address"]["country"], moved["payment_id"]) == ("AT", None)
    error = await rpc_error(shop.payment_result(order_id, "SUCCEEDED"))
    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_NOT_PAYABLE")
    assert await shop.status(order_id) == "pending"


async def test_a_coupon_that_ends_while_a_payment_is_open_refuses_pay_and_leaves_the_payment(
    shop: Shop,
) -> None:
    """Renamed, ended or changed: the customer who pays at this moment gets what he agreed to."""
    order_id = await _quoted(shop)
    await _pay(shop, order_id)
    before = await shop.read(order_id)
    shop.peers.fail(
        "ReserveOrderPricing", FailedPreconditionError("Coupon SAVE1 is not known.", code="COUPON_NOT_USABLE")
    )

    refused = problem(await _pay(shop, order_id))

    assert (refused["status"], refused["code"]) == (409, "COUPON_NOT_USABLE")
    assert await shop.read(order_id) == before
    assert len(shop.peers.calls("CreatePaymentIntent")) == 1
    await shop.payment_result(order_id, "SUCCEEDED")
    await shop.service.settle()
    assert await shop.status(order_id) == "paid"
    assert shop.pricing.settled == ["USED"]
