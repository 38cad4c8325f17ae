"""Kitchen, drivers and admins: each sees what the work needs, and makes nothing that no order asked for."""

import uuid
from typing import Any

import pytest

from tests.e2e.cases.shop import Person, Shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def test_the_driver_of_a_parcel_sees_where_it_goes_and_nothing_else(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: there was no street anywhere for the driver."""
    driver = shop.staff["driver"]
    order_id = await shop.order(customer, product)
    await shop.details(customer, order_id)
    await shop.pay(customer, order_id)
    await shop.pack(order_id)
    asked = await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/request-shipping")
    path = f"/api/shipments/{asked['shipment_id']}"
    before = await shop.call(driver, "GET", path)
    assert (before["address"]["city"], before["address"]["line1"], before["recipient_name"]) == (
        "Hamburg",
        "",
        "",
    )

    shipment_id = await shop.ship(order_id)

    seen = await shop.call(driver, "GET", f"/api/shipments/{shipment_id}")
    address = seen["address"]
    assert (address["recipient"], address["line1"], address["postal_code"], address["city"]) == (
        "Cara Case",
        "Crumb Lane 7",
        "20095",
        "Hamburg",
    )
    hidden = (
        f"/api/orders/{order_id}",
        f"/api/views/orders/{order_id}",
        f"/api/users/{customer.user_id}",
        f"/api/users/{customer.user_id}/addresses",
        f"/api/orders/{order_id}/receipt",
        f"/api/payments/order/{order_id}",
    )
    statuses = {path: (await shop.send(driver, "GET", path)).status_code for path in hidden}
    assert statuses == dict.fromkeys(hidden, 403)


def line(product: str, quantity: int = 1) -> dict[str, Any]:
    return {"product_id": product, "quantity": quantity}


async def test_nothing_is_baked_or_shipped_for_an_order_that_does_not_exist(
    shop: Shop, customer: Person, product: str
) -> None:
    """Reported: a random order id was accepted by kitchen and shipping."""
    unknown = str(uuid.uuid4())
    parcel = {"order_id": unknown, "user_id": customer.user_id, "product_ids": [product]}
    for path, body in (
        ("/api/production-orders", {"user_order_id": unknown, "lines": [line(product)]}),
        ("/api/shipments", parcel),
        ("/api/shipping-requests", parcel),
    ):
        refused = await shop.send(shop.admin, "POST", path, body)
        assert refused.status_code in (404, 409), (path, refused.text)

    for path in (f"/api/production-orders/order/{unknown}", f"/api/shipments/order/{unknown}"):
        await shop.refused(shop.admin, "GET", path, status=404)


async def test_an_order_is_baked_and_shipped_only_as_it_was_ordered(
    shop: Shop, customer: Person, product: str
) -> None:
    order_id = await shop.buy(customer, product, 2)
    other = await shop.product()
    baked = {"user_order_id": order_id, "lines": [line(other, 9)]}
    assert (await shop.send(shop.admin, "POST", "/api/production-orders", baked)).status_code in (404, 409)
    await shop.pack(order_id)

    refused = await shop.refused(shop.admin, "POST", "/api/production-orders", baked, status=409)

    assert refused["code"] == "PRODUCTION_ORDER_EXISTS"
    job = await shop.call(shop.staff["kitchen"], "GET", f"/api/production-orders/order/{order_id}")
    made = await shop.call(
        shop.staff["kitchen"], "GET", f"/api/production-orders/{job['production_order_id']}"
    )
    assert [(each["product_id"], each["quantity"]) for each in made["lines"]] == [(product, 2)]
    parcel = {"order_id": order_id, "user_id": customer.user_id, "product_ids": [other]}
    for path in ("/api/shipments", "/api/shipping-requests"):
        refused = await shop.send(shop.admin, "POST", path, parcel)
        assert refused.status_code in (404, 409), refused.text
    await shop.refused(shop.admin, "GET", f"/api/shipments/order/{order_id}", status=404)
