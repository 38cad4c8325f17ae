"""What each reader sees of a shipment, and the proof of its delivery."""

import asyncio
from typing import Any

import httpx
from bunmart.shipping.v1 import shipping_pb2 as pb

from tests.services.shipping.conftest import Shipping, StartShipping, new
from tests.support import FakePeers, problem

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
PERSON = pb.ShippingAddress(
    recipient="Ada Lovelace",
    line1="Lange Str. 1",
    line2="3rd floor",
    city="Berlin",
    postal_code="10115",
    country="DE",
    phone="+4915112345678",
)
HIDDEN = dict.fromkeys(("recipient", "line1", "line2", "state", "phone"), "")
PLACE = {**HIDDEN, "city": "Berlin", "postal_code": "10115", "country": "DE"}


async def _read(shipping: Shipping, shipment_id: str, headers: dict[str, str]) -> dict[str, Any]:
    response = await shipping.http.get(f"/api/shipments/{shipment_id}", headers=headers)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def _upload(
    shipping: Shipping,
    shipment_id: str,
    headers: dict[str, str],
    content: bytes = PNG,
    kind: str = "image/png",
) -> httpx.Response:
    return await shipping.http.post(
        f"/api/shipments/{shipment_id}/images", content=content, headers={**headers, "content-type": kind}
    )


async def test_the_driver_of_a_shipment_sees_the_person_and_other_drivers_only_the_town(
    shipping: Shipping, peers: FakePeers
) -> None:
    user_id = new()
    shipment_id = await shipping.create(
        user_id=user_id, address=PERSON, note="mind the dog", order_number="BM-7K2Q-9D4M"
    )
    _, other = await shipping.add_driver()
    asked = len(peers.calls("GetUser"))

    listed = await shipping.http.get("/api/shipments", params={"status": "PENDING"}, headers=other)
    for waiting in (*listed.json()["items"], await _read(shipping, shipment_id, other)):
        assert waiting["address"] == PLACE
        assert waiting["order_number"] == "BM-7K2Q-9D4M"
        for name in ("recipient_name", "recipient_phone", "order_note", "notes"):
            assert waiting[name] == ""
        assert (waiting["user_id"], waiting["shipping_address_id"]) == (None, None)

    submitted = await shipping.submit(shipment_id, notes="back door")
    assert submitted.json()["recipient_name"] == "Ada Lovelace"
    assert len(peers.calls("GetUser")) == asked
    driven = await _read(shipping, shipment_id, shipping.driver)
    assert (driven["recipient_name"], driven["recipient_phone"]) == ("Ada Lovelace", "+4915112345678")
    assert (driven["address"]["line1"], driven["address"]["line2"]) == ("Lange Str. 1", "3rd floor")
    assert (driven["order_note"], driven["notes"], driven["user_id"]) == (
        "mind the dog",
        "back door",
        user_id,
    )
    own = await _read(shipping, shipment_id, shipping.tokens.auth("customer", user_id))
    assert (own["address"], own["order_note"], own["notes"]) == (driven["address"], "mind the dog", "")
    path = f"/api/shipments/{shipment_id}"
    for headers in (other, shipping.tokens.auth("customer")):
        assert (await shipping.http.get(path, headers=headers)).status_code == 403


async def test_a_driver_whose_shipment_was_given_up_sees_the_person_no_more(shipping: Shipping) -> None:
    shipment_id = await shipping.create(address=PERSON, note="mind the dog")
    await shipping.submit(shipment_id, notes="back door")

    await shipping.http.delete(f"/api/shipments/{shipment_id}", headers=shipping.admin)

    seen = await _read(shipping, shipment_id, shipping.driver)
    assert (seen["address"], seen["recipient_name"], seen["order_note"], seen["notes"]) == (PLACE, "", "", "")


async def test_a_driver_sees_the_person_for_a_while_after_the_delivery(
    start_shipping: StartShipping,
) -> None:
    shipping = await start_shipping(driver_sees_delivered_seconds=3600)
    shipment_id = await shipping.create(address=PERSON, note="mind the dog")
    await shipping.submit(shipment_id, notes="back door")
    path = f"/api/shipments/{shipment_id}"
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")
    await _upload(shipping, shipment_id, shipping.driver)
    received = {"status": "DELIVERED", "received_by": "Ada"}
    await shipping.http.put(f"{path}/status", json=received, headers=shipping.driver)
    assert (await _read(shipping, shipment_id, shipping.driver))["recipient_name"] == "Ada Lovelace"
    assert (await shipping.http.get(f"{path}/images", headers=shipping.driver)).status_code == 200

    await shipping.harness.database.execute(
        "UPDATE shipments SET delivered_at = delivered_at - interval '2 hours'"
    )

    seen = await _read(shipping, shipment_id, shipping.driver)
    assert (seen["status"], seen["address"], seen["recipient_phone"]) == ("DELIVERED", PLACE, "")
    assert (seen["order_note"], seen["notes"], seen["received_by"]) == ("", "", "")
    assert (await shipping.http.get(f"{path}/images", headers=shipping.driver)).status_code == 403
    history = await shipping.http.get(f"{path}/history", headers=shipping.driver)
    assert {event["reason"] for event in history.json()} == {""}
    assert (await _read(shipping, shipment_id, shipping.admin))["received_by"] == "Ada"
    order = f"/api/shipments/order/{seen['order_id']}"
    tracked = [await shipping.http.get(order, headers=who) for who in (shipping.driver, shipping.admin)]
    assert [answer.json()["received_by"] for answer in tracked] == ["", "Ada"]


async def test_the_history_tells_other_drivers_no_more_than_the_states(shipping: Shipping) -> None:
    shipment_id = await shipping.create(address=PERSON)
    await shipping.submit(shipment_id)
    path = f"/api/shipments/{shipment_id}"
    for body in ({"status": "OUT_FOR_DELIVERY"}, {"status": "FAILED", "reason": "Ada has moved to Bonn"}):
        await shipping.http.put(f"{path}/status", json=body, headers=shipping.driver)

    async def history(headers: dict[str, str]) -> list[tuple[str, str]]:
        events = (await shipping.http.get(f"{path}/history", headers=headers)).json()
        assert events[3]["to_status"] == "FAILED"
        return [(event["actor"], event["reason"]) for event in events]

    told = (f"user:{shipping.driver_account}", "Ada has moved to Bonn")
    assert (await history(shipping.driver))[3] == (await history(shipping.admin))[3] == told
    for status in ("CANCELLED", "PENDING"):
        await shipping.move(shipment_id, status)
    _, other = await shipping.add_driver()
    for headers in (other, shipping.driver):
        assert set(await history(headers)) == {("", "")}


async def test_what_the_address_does_not_say_is_asked_from_the_user_service(shipping: Shipping) -> None:
    address = pb.ShippingAddress(recipient="Grandma", city="Bonn")
    shipment_id = await shipping.create(address=address)

    submitted = (await shipping.submit(shipment_id)).json()

    assert (submitted["recipient_name"], submitted["recipient_phone"]) == ("Grandma", "+4915112345678")


async def test_a_delivery_has_pictures_and_the_name_of_the_receiver(shipping: Shipping) -> None:
    user_id, order_id = new(), new()
    shipment_id = await shipping.create(user_id=user_id, order_id=order_id)
    await shipping.submit(shipment_id)
    early = await _upload(shipping, shipment_id, shipping.driver)
    assert (early.status_code, problem(early)["code"]) == (409, "SHIPMENT_NOT_OUT")
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY", shipping.driver)

    uploaded = await _upload(shipping, shipment_id, shipping.driver)
    body = {"status": "DELIVERED", "received_by": "Mrs. Byron, next door"}
    path = f"/api/shipments/{shipment_id}"
    delivered = await shipping.http.put(f"{path}/status", json=body, headers=shipping.driver)

    assert (uploaded.status_code, delivered.status_code) == (201, 200), uploaded.text + delivered.text
    image = uploaded.json()["image_id"]
    customer = shipping.tokens.auth("customer", user_id)
    tracking = await shipping.http.get(f"/api/shipments/order/{order_id}", headers=customer)
    assert tracking.json()["received_by"] == "Mrs. Byron, next door"
    for headers in (shipping.admin, shipping.driver, customer):
        listed = await shipping.http.get(f"{path}/images", headers=headers)
        assert [each["image_id"] for each in listed.json()] == [image]
        shown = await shipping.http.get(f"{path}/images/{image}", headers=headers)
        assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
        assert shown.headers["cache-control"].startswith("private")
    _, other = await shipping.add_driver()
    for headers in (other, shipping.tokens.auth("customer")):
        assert (await shipping.http.get(f"{path}/images", headers=headers)).status_code == 403
        assert (await shipping.http.get(f"{path}/images/{image}", headers=headers)).status_code == 403
        assert (await _upload(shipping, shipment_id, headers)).status_code == 403
    assert (await shipping.http.get(f"{path}/images/{image}")).status_code == 401

    assert (await shipping.http.delete(f"{path}/images/{image}", headers=shipping.driver)).status_code == 403
    assert (await shipping.http.delete(f"{path}/images/{image}", headers=shipping.admin)).status_code == 204
    gone = await shipping.http.get(f"{path}/images/{image}", headers=customer)
    assert problem(gone)["code"] == "IMAGE_NOT_FOUND"


async def test_what_is_no_picture_or_one_too_many_is_refused(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY")

    for content, kind, status in (
        (b"", "image/png", 400),
        (b"<svg/>", "image/svg+xml", 400),
        (PNG, "image/jpeg", 400),
        (PNG, "text/html", 400),
        (PNG + bytes(2 * 1024 * 1024), "image/png", 413),
    ):
        assert (await _upload(shipping, shipment_id, shipping.driver, content, kind)).status_code == status
    assert await shipping.harness.database.fetch("SELECT 1 FROM delivery_images") == []

    answers = await asyncio.gather(*[_upload(shipping, shipment_id, shipping.driver) for _ in range(12)])
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 2
    assert {problem(each)["code"] for each in answers if each.status_code == 409} == {"TOO_MANY_IMAGES"}


async def test_settings_can_ask_for_the_proof_of_a_delivery(start_shipping: StartShipping) -> None:
    shipping = await start_shipping(require_receiver_name=True, require_delivery_picture=True)
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    await shipping.move(shipment_id, "OUT_FOR_DELIVERY", shipping.driver)
    path = f"/api/shipments/{shipment_id}/status"

    async def deliver(**proof: str) -> httpx.Response:
        body = {"status": "DELIVERED", **proof}
        return await shipping.http.put(path, json=body, headers=shipping.driver)

    without = await deliver()
    assert (without.status_code, problem(without)["code"]) == (409, "DELIVERY_PROOF_MISSING")
    assert problem(without)["metadata"]["missing"] == "received_by, picture"
    assert (await shipping.row(shipment_id))["status"] == "OUT_FOR_DELIVERY"
    assert (await _upload(shipping, shipment_id, shipping.driver)).status_code == 201
    assert problem(await deliver())["metadata"]["missing"] == "received_by"
    assert (await deliver(received_by="Ada")).status_code == 200
    assert (await deliver()).json()["received_by"] == "Ada"

    carried = await shipping.create()
    body = {"carrier": "DHL", "tracking_number": "DHL-1"}
    await shipping.http.put(f"/api/shipments/{carried}", json=body, headers=shipping.admin)
    for status in ("OUT_FOR_DELIVERY", "DELIVERED"):
        assert (await shipping.move(carried, status)).status_code == 200
