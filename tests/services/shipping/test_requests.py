"""Shipping requests and their details; repeats, concurrency, peers that do not answer."""

import asyncio
from typing import Any

import grpc
from bunmart.shipping.v1 import shipping_pb2 as pb
from bunmart.user.v1.user_pb2 import GetUserResponse, UserInfo

from tests.services.shipping.conftest import ADDRESS, Shipping, new
from tests.support import FakePeers, problem, rpc_error


async def test_an_order_has_one_shipment(shipping: Shipping) -> None:
    request = shipping.request()

    answers = await asyncio.gather(*[shipping.stub.CreateShipment(request) for _ in range(8)])
    await shipping.submit(answers[0].shipment_id)
    late = await shipping.stub.CreateShipment(shipping.request(order_id=request.order_id, carrier="other"))

    assert len({answer.shipment_id for answer in [*answers, late]}) == 1
    assert (late.status, late.tracking_number[:2]) == ("ASSIGNED", "BM")
    row = await shipping.row(late.shipment_id)
    assert (row["carrier"], [str(each) for each in row["product_ids"]]) == ("", list(request.product_ids))
    events = await shipping.harness.database.fetch("SELECT to_status FROM shipment_events ORDER BY id")
    assert [event["to_status"] for event in events] == ["PENDING", "ASSIGNED"]


async def test_submitted_many_times_at_once_it_counts_once(shipping: Shipping, peers: FakePeers) -> None:
    shipment_id = await shipping.create()

    answers = await asyncio.gather(*[shipping.submit(shipment_id, carrier="BunExpress") for _ in range(6)])
    await shipping.harness.settle()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["tracking_number"] for answer in answers}) == 1
    assert (await shipping.row(shipment_id))["version"] == 2
    assert len(peers.calls("SetOrderShipping")) == 1
    assert len(peers.calls("SendNotification")) == 1


async def test_a_shipment_goes_on_while_the_user_service_does_not_answer(
    shipping: Shipping, peers: FakePeers
) -> None:
    peers.fail("GetUser", grpc.StatusCode.UNAVAILABLE, times=2)
    shipment_id = await shipping.create()

    submitted = await shipping.submit(shipment_id)

    assert (submitted.status_code, submitted.json()["recipient_name"]) == (200, "")
    await shipping.harness.settle()
    row = await shipping.row(shipment_id)
    assert (row["recipient_name"], row["recipient_phone"]) == ("Ada", "+4915112345678")


async def test_no_transaction_is_open_while_the_user_service_is_asked(
    shipping: Shipping, peers: FakePeers
) -> None:
    seen: list[Any] = []

    async def answer() -> GetUserResponse:
        seen.extend(
            await shipping.harness.database.fetch(
                "SELECT state FROM pg_stat_activity WHERE datname = current_database() "
                "AND state LIKE 'idle in transaction%'"
            )
        )
        return GetUserResponse(user=UserInfo(display_name="Ada"))

    peers.answer("GetUser", answer)
    shipment_id = await shipping.create()

    assert (await shipping.submit(shipment_id)).json()["recipient_name"] == "Ada"

    # The first was for the account of the driver.
    assert len(peers.calls("GetUser")) == 2
    assert seen == []


async def test_a_user_who_is_gone_has_no_name(shipping: Shipping, peers: FakePeers) -> None:
    peers.fail("GetUser", grpc.StatusCode.NOT_FOUND)
    shipment_id = await shipping.create()

    assert (await shipping.submit(shipment_id)).status_code == 200

    assert (await shipping.row(shipment_id))["recipient_name"] == ""
    assert "RememberRecipient" not in await shipping.jobs()


async def test_new_details_reach_the_customer_only_when_they_concern_him(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.harness.settle()
    peers.answer("GetUser", GetUserResponse(user=UserInfo(display_name="Eve")))

    noted = await shipping.submit(shipment_id, notes="ring")
    await shipping.harness.settle()
    assert (noted.json()["recipient_name"], len(peers.calls("SendNotification"))) == ("Ada", 1)

    dated = await shipping.submit(shipment_id, estimated_delivery="2031-01-01T10:00:00+02:00")
    await shipping.harness.settle()
    assert dated.json()["estimated_delivery"] == "2031-01-01T08:00:00Z"
    assert dated.json()["notes"] == "ring"
    assert len(peers.calls("SendNotification")) == 2
    assert len(peers.calls("SetOrderShipping")) == 1


async def test_driver_and_vehicle_must_be_active(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    idle = await shipping.http.post(
        "/api/vehicles", json={"plate": "BM-2", "kind": "BIKE", "active": False}, headers=shipping.admin
    )

    for changes in (
        {"driver_id": new()},
        {"vehicle_id": new()},
        {"vehicle_id": idle.json()["vehicle_id"]},
    ):
        refused = await shipping.submit(shipment_id, **changes)
        assert refused.status_code == 400, refused.text
        assert [error["field"] for error in problem(refused)["errors"]] == list(changes)

    assert (await shipping.row(shipment_id))["status"] == "PENDING"
    assert await shipping.jobs() == []


async def test_a_tracking_number_belongs_to_one_shipment(shipping: Shipping) -> None:
    first, second = await shipping.create(), await shipping.create()
    await shipping.submit(first, tracking_number="DHL-1")

    refused = await shipping.submit(second, tracking_number="DHL-1")

    assert (refused.status_code, problem(refused)["code"]) == (409, "TRACKING_NUMBER_TAKEN")
    assert problem(refused)["errors"][0]["field"] == "tracking_number"
    assert (await shipping.row(second))["status"] == "PENDING"
    events = await shipping.harness.database.fetch("SELECT shipment_id FROM shipment_events")
    assert [str(event["shipment_id"]) for event in events].count(second) == 1


async def test_of_two_shipments_submitted_at_once_one_gets_the_tracking_number(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipments = [await shipping.create() for _ in range(2)]

    answers = await asyncio.gather(*[shipping.submit(each, tracking_number="DHL-1") for each in shipments])
    await shipping.harness.settle()

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused)["code"] == "TRACKING_NUMBER_TAKEN"
    assert len(peers.calls("SetOrderShipping")) == 1
    assert len(peers.calls("SendNotification")) == 1


async def test_submitted_many_times_at_once_under_one_key_every_call_gets_the_first_answer(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipment_id = await shipping.create()
    headers = {**shipping.admin, "idempotency-key": "submit"}

    answers = await asyncio.gather(
        *[
            shipping.http.put(f"/api/shipments/{shipment_id}", json=shipping.details, headers=headers)
            for _ in range(6)
        ]
    )
    await shipping.harness.settle()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(peers.calls("SetOrderShipping")) == 1


async def test_details_decided_on_an_older_version_are_refused(shipping: Shipping) -> None:
    shipment_id = await shipping.create()

    first = await shipping.submit(shipment_id, version=1, notes="mine")
    second = await shipping.submit(shipment_id, version=1, notes="yours")

    assert first.status_code == 200
    assert problem(second)["code"] == "SHIPMENT_CHANGED"
    assert (await shipping.row(shipment_id))["notes"] == "mine"


async def test_a_parcel_that_nobody_ordered_is_approved_or_withdrawn_and_the_order_service_hears_nothing(
    shipping: Shipping, peers: FakePeers
) -> None:
    path = "/api/shipping-requests"
    body = {"user_id": new(), "address": ADDRESS, "note": "samples"}
    headers = {**shipping.admin, "idempotency-key": "k1"}
    created = await shipping.http.post(path, json=body, headers=headers)
    again = await shipping.http.post(path, json=body, headers=headers)
    withdrawn = await shipping.create()
    shipment_id = created.json()["shipment_id"]
    assert again.json()["shipment_id"] == shipment_id

    approved = await shipping.http.put(
        f"{path}/{shipment_id}/approve", json=shipping.details, headers=shipping.admin
    )
    cancelled = await shipping.http.delete(f"{path}/{withdrawn}", headers=shipping.admin)

    assert (approved.json()["status"], cancelled.json()["status"]) == ("ASSIGNED", "CANCELLED")
    assert (await shipping.http.get(path, headers=shipping.admin)).json()["items"] == []
    read = (await shipping.http.get(f"{path}/{shipment_id}", headers=shipping.admin)).json()
    assert (read["order_id"], read["recipient_name"], read["order_note"]) == (None, "Ada Lovelace", "samples")
    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        assert (await shipping.move(shipment_id, status, shipping.driver)).status_code == 200
    await shipping.harness.settle()
    assert peers.calls("SetOrderShipping") == []
    assert len(peers.calls("SendNotification")) == 3


async def test_a_parcel_that_nobody_ordered_is_for_somebody_who_exists(
    shipping: Shipping, peers: FakePeers
) -> None:
    peers.fail("GetUser", grpc.StatusCode.NOT_FOUND)
    address = {
        "recipient": "Ada",
        "line1": "1 Oven St",
        "city": "Berlin",
        "postal_code": "1",
        "country": "DE",
    }
    body = {"user_id": new(), "product_ids": [new()], "address": address}

    refused = await shipping.http.post("/api/shipping-requests", json=body, headers=shipping.admin)

    assert refused.status_code == 400
    assert [each["field"] for each in problem(refused)["errors"]] == ["user_id"]
    assert (await shipping.http.get("/api/shipments", headers=shipping.admin)).json()["items"] == []


async def test_the_delivery_of_an_order_is_not_asked_for_by_hand(shipping: Shipping) -> None:
    order_id, user_id, product = new(), new(), new()
    known = await shipping.create(order_id=order_id, user_id=user_id, product_ids=[product])
    body = {"order_id": order_id, "user_id": user_id, "product_ids": [product]}
    refusals = [
        ({**body, "order_id": new()}, 409, "ORDER_NOT_IN_SHIPPING"),
        ({**body, "user_id": new()}, 409, "SHIPMENT_EXISTS"),
        ({**body, "product_ids": [new()]}, 409, "SHIPMENT_EXISTS"),
        ({"user_id": user_id}, 400, "INVALID_ARGUMENT"),
    ]

    for path in ("/api/shipments", "/api/shipping-requests"):
        for changed, status, code in refusals:
            refused = await shipping.http.post(path, json=changed, headers=shipping.admin)
            assert (refused.status_code, problem(refused)["code"]) == (status, code), refused.text
        same = await shipping.http.post(path, json=body, headers=shipping.admin)
        assert same.json()["shipment_id"] == known

    assert len(await shipping.harness.database.fetch("SELECT 1 FROM shipments")) == 1


async def test_a_carrier_with_its_tracking_number_is_complete(shipping: Shipping, peers: FakePeers) -> None:
    shipment_id = await shipping.create()
    path = f"/api/shipments/{shipment_id}"

    for incomplete, field in (
        ({}, "driver_id"),
        ({"carrier": "DHL"}, "tracking_number"),
        ({"driver_id": shipping.driver_id}, "vehicle_id"),
        ({"vehicle_id": shipping.vehicle_id, "carrier": "DHL", "tracking_number": "D1"}, "driver_id"),
    ):
        refused = await shipping.http.put(path, json=incomplete, headers=shipping.admin)
        assert refused.status_code == 400, refused.text
        assert [error["field"] for error in problem(refused)["errors"]] == [field]
    assert (await shipping.row(shipment_id))["status"] == "PENDING"

    body = {"carrier": "DHL", "tracking_number": "DHL-1"}
    carried = await shipping.http.put(path, json=body, headers=shipping.admin)
    assert (carried.json()["status"], carried.json()["driver_id"]) == ("ASSIGNED", None)
    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        assert (await shipping.move(shipment_id, status)).status_code == 200
    await shipping.harness.settle()
    assert [each.status for each in peers.requests("SetOrderShipping")] == ["shipping", "shipped"]


async def test_after_a_failed_delivery_a_carrier_takes_over_from_the_driver(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    for status in ("OUT_FOR_DELIVERY", "FAILED"):
        await shipping.move(shipment_id, status, shipping.driver)
    path = f"/api/shipments/{shipment_id}"

    own_number = await shipping.http.put(path, json={"carrier": "DHL"}, headers=shipping.admin)
    taken = await shipping.http.put(
        path, json={"carrier": "DHL", "tracking_number": "DHL-1"}, headers=shipping.admin
    )

    assert own_number.status_code == 400
    seen = taken.json()
    assert (seen["status"], seen["driver_id"], seen["vehicle_id"], seen["tracking_number"]) == (
        "ASSIGNED",
        None,
        None,
        "DHL-1",
    )
    assert (await shipping.http.get(path, headers=shipping.driver)).status_code == 403


async def test_a_driver_takes_over_from_a_carrier_with_a_number_of_our_own(
    shipping: Shipping, peers: FakePeers
) -> None:
    shipment_id = await shipping.create()
    path = f"/api/shipments/{shipment_id}"
    body = {"carrier": "DHL", "tracking_number": "DHL-1"}
    await shipping.http.put(path, json=body, headers=shipping.admin)

    taken = (await shipping.submit(shipment_id)).json()

    assert (taken["driver_id"], taken["carrier"]) == (shipping.driver_id, "")
    assert taken["tracking_number"].startswith("BM")
    await shipping.harness.settle()
    told = [dict(each.template_data) for each in peers.requests("SendNotification")]
    assert [(each["carrier"], each["tracking_number"]) for each in told] == [
        ("DHL", "DHL-1"),
        ("", taken["tracking_number"]),
    ]


async def test_a_cancelled_shipment_can_start_again(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    await shipping.http.delete(f"/api/shipments/{shipment_id}", headers=shipping.admin)
    refused = await shipping.submit(shipment_id)
    assert problem(refused)["code"] == "SHIPMENT_NOT_EDITABLE"

    await shipping.move(shipment_id, "PENDING")

    assert (await shipping.submit(shipment_id)).json()["status"] == "ASSIGNED"


async def test_assigned_over_grpc_needs_details(shipping: Shipping) -> None:
    shipment_id = await shipping.create()

    error = await rpc_error(
        shipping.stub.UpdateShipmentStatus(
            pb.UpdateShipmentStatusRequest(shipment_id=shipment_id, status="ASSIGNED")
        )
    )

    assert (error.status, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "SHIPMENT_DETAILS_MISSING",
    )
    assert await shipping.jobs() == []
