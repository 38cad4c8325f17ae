"""An order shows what was sold, to whom and where to, whatever changes afterwards."""

import pytest

from tests.e2e.cases.shop import Person, Shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.mark.parametrize("end", ["renamed", "deleted"])
async def test_an_order_names_its_product_as_it_was_sold(shop: Shop, customer: Person, end: str) -> None:
    """Reported: the order showed the new name, or none."""
    product = await shop.product(name=f"Almond Moon {end}", unit="box", allergens=["nuts"])
    order_id = await shop.buy(customer, product)
    if end == "renamed":
        await shop.change_product(product, name="Plain Moon", unit="piece", allergens=[])
    else:
        await shop.call(shop.admin, "DELETE", f"/api/products/{product}")

    order = await shop.read(customer, order_id)
    view = await shop.call(customer, "GET", f"/api/views/orders/{order_id}")
    receipt = await shop.call(customer, "GET", f"/api/orders/{order_id}/receipt")
    made = await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/produce")
    path = f"/api/production-orders/{made['production_order_id']}"
    job = await shop.call(shop.staff["kitchen"], "GET", path)
    await shop.call(shop.admin, "POST", f"/api/orders/{order_id}/cancel", {})
    mail = await shop.until_told(customer, "order_cancelled", order_id)

    sold = f"Almond Moon {end}"
    for lines in (order["lines"], view["lines"]):
        assert [(line["name"], line["unit"]) for line in lines] == [(sold, "box")]
    assert view["degraded"] == []
    assert sold in receipt.decode()
    assert [(line["name"], line["unit"], line["allergens"]) for line in job["lines"]] == [
        (sold, "box", ["nuts"])
    ]
    assert sold in mail["body"]


@pytest.mark.parametrize("end", ["edited", "deleted"])
async def test_an_order_keeps_its_billing_address(shop: Shop, product: str, end: str) -> None:
    """Reported: the id was all that the order had of it."""
    customer = await shop.customer()
    body = {
        "type": "BILLING",
        "line1": "Ledger Row 1",
        "city": "Bremen",
        "postal_code": "28195",
        "country": "DE",
    }
    path = f"/api/users/{customer.user_id}/addresses"
    billing = (await shop.call(customer, "POST", path, body, expect=201))["address_id"]
    order_id = await shop.order(customer, product)
    await shop.details(customer, order_id, billing_address_id=billing)
    await shop.pay(customer, order_id)
    if end == "edited":
        await shop.call(customer, "PUT", f"{path}/{billing}", {**body, "line1": "Elsewhere 2"})
    else:
        await shop.call(customer, "DELETE", f"{path}/{billing}")

    order = await shop.read(customer, order_id)
    view = await shop.call(customer, "GET", f"/api/views/orders/{order_id}")
    receipt = await shop.call(customer, "GET", f"/api/orders/{order_id}/receipt")

    for seen in (order, view["order"]):
        address = seen["billing_address"]
        assert (address["line1"], address["recipient"]) == ("Ledger Row 1", "Cara Case")
    assert "Ledger Row 1" in receipt.decode()


async def test_an_address_is_used_only_for_what_it_is_for(shop: Shop, product: str) -> None:
    customer = await shop.customer()
    path = f"/api/users/{customer.user_id}/addresses"
    body = {
        "type": "BILLING",
        "line1": "Ledger Row 1",
        "city": "Bremen",
        "postal_code": "28195",
        "country": "DE",
    }
    billing = (await shop.call(customer, "POST", path, body, expect=201))["address_id"]
    order_id = await shop.order(customer, product)

    for field, addresses in (
        ("address_id", {"address_id": billing}),
        ("billing_address_id", {"billing_address_id": customer.address_id}),
    ):
        refused = await shop.details(customer, order_id, expect=400, **addresses)
        assert [each["field"] for each in refused["errors"]] == [field]
    assert (await shop.read(customer, order_id))["total"] is None
