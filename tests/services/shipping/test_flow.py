"""From the shipping intent to the delivered parcel."""

import re
from typing import Any

from bunmart.shipping.v1 import shipping_pb2 as pb

from tests.services.shipping.conftest import Shipping, new
from tests.support import FakePeers


async def test_a_parcel_reaches_the_customer(shipping: Shipping, peers: FakePeers) -> None:
    order_id, user_id = new(), new()
    intent = await shipping.stub.CreateShipment(
        shipping.request(order_id=order_id, user_id=user_id, order_number="BM-7K2Q-9D4M")
    )
    assert (intent.status, intent.tracking_number) == ("PENDING", "")
    waiting = await shipping.http.get("/api/shipping-requests", headers=shipping.admin)
    assert [item["shipment_id"] for item in waiting.json()["items"]] == [intent.shipment_id]

    submitted = await shipping.submit(
        intent.shipment_id,
        carrier="BunExpress",
        estimated_delivery="2031-05-06T07:08:09Z",
        notes="ring twice",
    )
    seen = submitted.json()
    assert (submitted.status_code, seen["status"], seen["recipient_name"], seen["recipient_phone"]) == (
        200,
        "ASSIGNED",
        "Ada",
        "+4915112345678",
    )
    assert re.fullmatch("BM[A-Z2-7]{10}", seen["tracking_number"])
    await shipping.harness.settle()
    assert _reports(peers) == [(intent.shipment_id, order_id, "shipping")]

    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        moved = await shipping.move(intent.shipment_id, status, shipping.driver)
        assert (moved.status_code, moved.json()["status"]) == (200, status)
        await shipping.harness.settle()
    assert _reports(peers)[1:] == [(intent.shipment_id, order_id, "shipped")]

    messages = peers.requests("SendNotification")
    assert [(each.user_id, each.channel, each.template_id, each.reference_id) for each in messages] == [
        (user_id, "EMAIL", template, intent.shipment_id)
        for template in ("shipment_tracking", "shipment_out_for_delivery", "shipment_delivered")
    ]
    assert messages[0].template_data == {
        "name": "Ada",
        "order_id": order_id,
        "order_number": "BM-7K2Q-9D4M",
        "shipment_id": intent.shipment_id,
        "tracking_number": seen["tracking_number"],
        "carrier": "BunExpress",
        "estimated_delivery": "2031-05-06T07:08:09+00:00",
    }

    found = await shipping.stub.GetShipmentStatus(pb.GetShipmentStatusRequest(shipment_id=intent.shipment_id))
    assert (found.status, found.order_id, found.tracking_number) == (
        "DELIVERED",
        order_id,
        seen["tracking_number"],
    )
    assert found.estimated_delivery.ToJsonString() == "2031-05-06T07:08:09Z"
    customer = shipping.tokens.auth("customer", user_id)
    tracking = (await shipping.http.get(f"/api/shipments/order/{order_id}", headers=customer)).json()
    assert tracking["status"] == "DELIVERED"
    assert tracking["delivered_at"] is not None
    history = await shipping.http.get(f"/api/shipments/{intent.shipment_id}/history", headers=shipping.driver)
    assert [(each["from_status"], each["to_status"]) for each in history.json()] == [
        (None, "PENDING"),
        ("PENDING", "ASSIGNED"),
        ("ASSIGNED", "OUT_FOR_DELIVERY"),
        ("OUT_FOR_DELIVERY", "DELIVERED"),
    ]


def _reports(peers: FakePeers) -> list[tuple[Any, ...]]:
    return [(each.shipment_id, each.order_id, each.status) for each in peers.requests("SetOrderShipping")]
