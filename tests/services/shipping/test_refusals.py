"""Permissions, and bad input over REST and gRPC; a refusal has no effect."""

import asyncio
from typing import Any

import grpc
from bunmart.shipping.v1 import shipping_pb2 as pb

from tests.services.shipping.conftest import ADDRESS, Shipping, new
from tests.support import problem, read_pages, rpc_error
from tests.support.effort import effort


async def _snapshot(shipping: Shipping) -> list[Any]:
    tables = ("shipments", "shipment_events", "delivery_images", "drivers", "vehicles", "pgqueuer")
    return [await shipping.harness.database.fetch(f"SELECT * FROM {table}") for table in tables]


async def test_strangers_do_nothing(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    order_id = str((await shipping.row(shipment_id))["order_id"])
    before = await _snapshot(shipping)
    shipment = {"user_id": new(), "address": ADDRESS}
    one, request = f"/api/shipments/{shipment_id}", f"/api/shipping-requests/{shipment_id}"
    driver, vehicle = f"/api/drivers/{shipping.driver_id}", f"/api/vehicles/{shipping.vehicle_id}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/api/shipments", None),
        ("POST", "/api/shipments", shipment),
        ("GET", one, None),
        ("GET", f"{one}/history", None),
        ("GET", f"{one}/images", None),
        ("GET", f"{one}/images/{new()}", None),
        ("POST", f"{one}/images", {}),
        ("DELETE", f"{one}/images/{new()}", None),
        ("GET", f"/api/shipments/order/{order_id}", None),
        ("PUT", one, shipping.details),
        ("PUT", f"{one}/status", {"status": "CANCELLED"}),
        ("DELETE", one, None),
        ("GET", "/api/shipping-requests", None),
        ("POST", "/api/shipping-requests", shipment),
        ("GET", request, None),
        ("PUT", f"{request}/approve", shipping.details),
        ("DELETE", request, None),
        ("GET", "/api/drivers", None),
        ("GET", "/api/drivers/me", None),
        ("POST", "/api/drivers", {"name": "x"}),
        ("PUT", driver, {"name": "x"}),
        ("DELETE", driver, None),
        ("GET", "/api/vehicles", None),
        ("POST", "/api/vehicles", {"plate": "x", "kind": "CAR"}),
        ("PUT", vehicle, {"plate": "x", "kind": "CAR"}),
        ("DELETE", vehicle, None),
    ]

    for headers in ({}, shipping.tokens.auth("customer"), shipping.tokens.auth("kitchen")):
        for method, path, body in calls:
            response = await shipping.http.request(method, path, json=body, headers=headers)
            status = 403 if headers else 401
            assert (method, path, response.status_code) == (method, path, status)
            problem(response)

    assert await _snapshot(shipping) == before


async def test_a_driver_takes_a_free_shipment_and_touches_no_other(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    other_id, other = await shipping.add_driver()
    path = f"/api/shipments/{shipment_id}"
    for_other = {**shipping.details, "driver_id": other_id}

    assert (await shipping.http.put(path, json=for_other, headers=shipping.driver)).status_code == 403
    taken = await shipping.http.put(path, json=shipping.details, headers=shipping.driver)
    assert (taken.status_code, taken.json()["status"]) == (200, "ASSIGNED")
    await shipping.harness.settle()
    before = await _snapshot(shipping)

    for response in (
        await shipping.http.put(path, json=for_other, headers=other),
        await shipping.move(shipment_id, "OUT_FOR_DELIVERY", other),
        await shipping.move(shipment_id, "CANCELLED", shipping.driver),
        await shipping.http.delete(path, headers=shipping.driver),
        await shipping.http.get(path, headers=other),
        await shipping.http.get("/api/shipping-requests", headers=shipping.driver),
        await shipping.http.get("/api/shipments", headers=shipping.tokens.auth("driver")),
    ):
        assert response.status_code == 403, response.text
    assert await _snapshot(shipping) == before


async def test_of_drivers_who_take_a_shipment_at_once_one_gets_it(shipping: Shipping) -> None:
    drivers = [await shipping.add_driver() for _ in range(4)]
    for _ in range(effort(20)):
        shipment_id = await shipping.create(user_id=new())
        path = f"/api/shipments/{shipment_id}"

        answers = await asyncio.gather(
            *(
                shipping.http.put(path, json=shipping.details | {"driver_id": driver_id}, headers=headers)
                for driver_id, headers in drivers
            )
        )

        assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
        (winner,) = [place for place, answer in enumerate(answers) if answer.status_code == 200]
        row = await shipping.row(shipment_id)
        assert (str(row["driver_id"]), row["version"]) == (drivers[winner][0], 2)
        reads = [await shipping.http.get(path, headers=headers) for _, headers in drivers]
        assert [read.status_code == 200 for read in reads] == [place == winner for place in range(4)]


async def test_a_driver_does_not_take_what_a_carrier_has(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    path = f"/api/shipments/{shipment_id}"
    body = {"carrier": "DHL", "tracking_number": "DHL-1"}
    await shipping.http.put(path, json=body, headers=shipping.admin)
    await shipping.harness.settle()

    for status in ("ASSIGNED", "OUT_FOR_DELIVERY", "FAILED"):
        await shipping.move(shipment_id, status)
        before = await _snapshot(shipping)
        refused = await shipping.http.put(path, json=shipping.details, headers=shipping.driver)
        assert (refused.status_code, problem(refused)["code"]) == (403, "PERMISSION_DENIED")
        assert (await shipping.http.get(path, headers=shipping.driver)).status_code == 403
        await shipping.harness.settle()
        assert (await _snapshot(shipping))[0] == before[0]


async def test_everybody_reads_his_own(shipping: Shipping) -> None:
    user_id, order_id = new(), new()
    mine = await shipping.create(user_id=user_id, order_id=order_id)
    waiting = await shipping.create()
    await shipping.submit(mine, notes="dog")
    _, other = await shipping.add_driver()
    customer = shipping.tokens.auth("customer", user_id)

    async def listed(headers: dict[str, str], **query: str) -> list[str]:
        page = await shipping.http.get("/api/shipments", params=query, headers=headers)
        return [item["shipment_id"] for item in page.json()["items"]]

    assert await listed(shipping.admin) == [waiting, mine]
    assert await listed(shipping.admin, status="ASSIGNED") == [mine]
    assert await listed(shipping.driver) == [mine]
    assert await listed(shipping.driver, status="PENDING") == [waiting]
    assert await listed(other) == []
    assert (await shipping.http.get(f"/api/shipments/{waiting}", headers=other)).status_code == 200
    own = await shipping.http.get(f"/api/shipments/{mine}", headers=customer)
    driven = await shipping.http.get(f"/api/shipments/{mine}", headers=shipping.driver)
    assert (own.json()["notes"], driven.json()["notes"]) == ("", "dog")
    tracking = await shipping.http.get(f"/api/shipments/order/{order_id}", headers=customer)
    assert tracking.json()["shipment_id"] == mine
    missing = await shipping.http.get(f"/api/shipments/order/{new()}", headers=customer)
    assert problem(missing)["code"] == "SHIPMENT_NOT_FOUND"


async def test_the_list_is_paged(shipping: Shipping) -> None:
    ids = [await shipping.create() for _ in range(3)]
    waiting = {"status": "PENDING"}
    seen = await read_pages(shipping.http, "/api/shipments", waiting, headers=shipping.admin, size=1)
    assert [item["shipment_id"] for item in seen] == ids[::-1]
    for bad in ({"status": "x"}, {"page_size": "-1"}, {"page_token": "!"}):
        refused = await shipping.http.get("/api/shipments", params=bad, headers=shipping.admin)
        assert problem(refused)["status"] == 400, bad


_BAD_DETAILS: list[Any] = [
    {"driver_id": "x"},
    {"driver_id": None},
    {"vehicle_id": 3},
    {"tracking_number": ""},
    {"tracking_number": "a b"},
    {"tracking_number": "DHL-1\n"},
    {"tracking_number": "x" * 41},
    {"carrier": "x" * 81},
    {"carrier": "a\x00b"},
    {"notes": "x" * 2001},
    {"estimated_delivery": "tomorrow"},
    {"estimated_delivery": "2030-01-01T00:00:00"},
    {"estimated_delivery": "0001-01-01T00:00:00Z"},
    {"estimated_delivery": "1999-12-31T23:59:59Z"},
    {"estimated_delivery": "2200-01-01T00:00:00Z"},
    {"estimated_delivery": "9999-12-31T00:00:00Z"},
    {"estimated_delivery": "9999-12-31T23:59:59-23:59"},
    {"estimated_delivery": "0001-01-01T00:00:00+23:59"},
    {"version": "x"},
    {"more": 1},
]


async def test_bad_details_and_states_are_refused(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    before = await _snapshot(shipping)

    for changes in _BAD_DETAILS:
        refused = await shipping.submit(shipment_id, **changes)
        assert (refused.status_code, changes) == (400, changes), refused.text
        problem(refused)
    for body in ({}, {"status": "LOST"}, {"status": "assigned"}, {"status": "FAILED", "reason": "x" * 201}):
        path = f"/api/shipments/{shipment_id}/status"
        assert (await shipping.http.put(path, json=body, headers=shipping.admin)).status_code == 400
    for body in (
        {"status": "CANCELLED", "received_by": "Eve"},
        {"status": "FAILED", "received_by": "x" * 121},
    ):
        path = f"/api/shipments/{shipment_id}/status"
        assert (await shipping.http.put(path, json=body, headers=shipping.admin)).status_code == 400
    for bad in (
        {},
        {"order_id": new(), "user_id": "x", "shipping_address_id": new()},
        {"user_id": new(), "address": {**ADDRESS, "country": "Germany"}},
        {"user_id": new(), "address": {**ADDRESS, "country": "DE\n"}},
        {"user_id": new(), "address": {**ADDRESS, "line1": " "}},
        {"user_id": new(), "address": {**ADDRESS, "phone": "1"}},
        {"user_id": new(), "address": {**ADDRESS, "city": "a\x00"}},
        {"user_id": new(), "address": {"city": "Berlin"}},
    ):
        refused = await shipping.http.post("/api/shipments", json=bad, headers=shipping.admin)
        assert refused.status_code == 400

    assert await _snapshot(shipping) == before


async def test_a_bad_field_is_named(shipping: Shipping) -> None:
    requests: list[tuple[Any, str]] = [
        (shipping.request(order_id=""), "order_id"),
        (shipping.request(user_id="x"), "user_id"),
        (shipping.request(shipping_address_id="\x00"), "shipping_address_id"),
        (shipping.request(product_ids=[new(), "x"]), "product_ids[1]"),
        (shipping.request(product_ids=[new()] * 201), "product_ids"),
        (shipping.request(carrier="x" * 81), "carrier"),
        (shipping.request(carrier="a\x00"), "carrier"),
        (shipping.request(note="x" * 2001), "note"),
        (shipping.request(order_number="x" * 41), "order_number"),
        (shipping.request(address=pb.ShippingAddress(line1="\x00")), "address.line1"),
        (pb.CancelShipmentRequest(), "order_id"),
        (pb.CancelShipmentRequest(order_id=new(), reason="x" * 201), "reason"),
        (pb.GetShipmentStatusRequest(), "shipment_id"),
        (pb.UpdateShipmentStatusRequest(shipment_id="x", status="FAILED"), "shipment_id"),
        (pb.UpdateShipmentStatusRequest(shipment_id=new(), status="LOST"), "status"),
    ]
    for request, field in requests:
        rpc = type(request).__name__.removesuffix("Request")
        error = await rpc_error(getattr(shipping.stub, rpc)(request))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    for table in ("shipments", "known_orders"):
        assert await shipping.harness.database.fetch(f"SELECT 1 FROM {table}") == []


async def test_an_unknown_shipment_is_not_found(shipping: Shipping) -> None:
    for request in (
        pb.GetShipmentStatusRequest(shipment_id=new()),
        pb.UpdateShipmentStatusRequest(shipment_id=new(), status="FAILED"),
    ):
        rpc = type(request).__name__.removesuffix("Request")
        error = await rpc_error(getattr(shipping.stub, rpc)(request))
        assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "SHIPMENT_NOT_FOUND")
    for method, path, body in (
        ("GET", f"/api/shipments/{new()}", None),
        ("GET", f"/api/shipping-requests/{new()}", None),
        ("PUT", f"/api/shipments/{new()}", shipping.details),
        ("PUT", f"/api/shipments/{new()}/status", {"status": "FAILED"}),
        ("DELETE", f"/api/shipments/{new()}", None),
        ("GET", "/api/shipments/nonsense", None),
    ):
        response = await shipping.http.request(method, path, json=body, headers=shipping.admin)
        assert (method, path, response.status_code) == (method, path, 404)
