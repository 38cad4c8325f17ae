"""Drivers and vehicles."""

import asyncio

import grpc

from tests.services.shipping.conftest import Shipping, new
from tests.support import FakePeers, problem


async def test_a_driver_is_added_changed_and_removed(shipping: Shipping) -> None:
    driver_id, driver = await shipping.add_driver()
    path = f"/api/drivers/{driver_id}"

    changed = await shipping.http.put(
        path, json={"name": " Bea ", "phone": "+4930123456"}, headers=shipping.admin
    )

    seen = (await shipping.http.get(path, headers=driver)).json()
    assert seen == changed.json()
    assert (seen["name"], seen["phone"], seen["user_id"], seen["active"]) == (
        "Bea",
        "+4930123456",
        None,
        True,
    )
    assert (await shipping.http.get("/api/drivers/me", headers=driver)).status_code == 404
    assert (await shipping.http.delete(path, headers=shipping.admin)).status_code == 204
    assert problem(await shipping.http.get(path, headers=driver))["code"] == "DRIVER_NOT_FOUND"
    assert (await shipping.http.delete(path, headers=shipping.admin)).status_code == 404


async def test_a_driver_gets_only_an_account_that_exists(shipping: Shipping, peers: FakePeers) -> None:
    driver_id, _ = await shipping.add_driver()
    seen = (await shipping.http.get(f"/api/drivers/{driver_id}", headers=shipping.admin)).json()
    body = {"name": "Bob", "user_id": new()}
    path = f"/api/drivers/{driver_id}"
    for method, where in (("POST", "/api/drivers"), ("PUT", path)):
        peers.fail("GetUser", grpc.StatusCode.NOT_FOUND)
        refused = await shipping.http.request(method, where, json=body, headers=shipping.admin)
        assert refused.status_code == 400
        assert [each["field"] for each in problem(refused)["errors"]] == ["user_id"]

    assert (await shipping.http.get(path, headers=shipping.admin)).json() == seen
    assert len((await shipping.http.get("/api/drivers", headers=shipping.admin)).json()["items"]) == 2
    left = {"name": "Ben", "user_id": seen["user_id"], "active": False}
    assert (await shipping.http.put(path, json=left, headers=shipping.admin)).json()["active"] is False


async def test_an_account_has_one_driver_and_a_plate_one_vehicle(shipping: Shipping) -> None:
    driver = {"name": "Bob", "user_id": shipping.driver_account}
    duplicate = await shipping.http.post("/api/drivers", json=driver, headers=shipping.admin)
    plate = await shipping.http.post(
        "/api/vehicles", json={"plate": " bm-1 ", "kind": "CAR"}, headers=shipping.admin
    )
    other_id, _ = await shipping.add_driver()
    taken = await shipping.http.put(f"/api/drivers/{other_id}", json=driver, headers=shipping.admin)

    assert (duplicate.status_code, problem(duplicate)["code"]) == (409, "DRIVER_EXISTS")
    assert (taken.status_code, problem(taken)["code"]) == (409, "DRIVER_EXISTS")
    assert (plate.status_code, problem(plate)["code"]) == (409, "VEHICLE_EXISTS")
    assert [problem(each)["errors"][0]["field"] for each in (taken, plate)] == ["user_id", "plate"]
    drivers = await shipping.http.get("/api/drivers", headers=shipping.driver)
    assert [item["driver_id"] for item in drivers.json()["items"]] == [other_id, shipping.driver_id]


async def test_of_two_drivers_added_at_once_for_one_account_one_stays(shipping: Shipping) -> None:
    body = {"name": "Bob", "user_id": new()}

    answers = await asyncio.gather(
        *[shipping.http.post("/api/drivers", json=body, headers=shipping.admin) for _ in range(2)]
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused)["code"] == "DRIVER_EXISTS"


async def test_a_driver_added_twice_at_once_under_one_key_is_one(shipping: Shipping) -> None:
    body = {"name": "Bob", "user_id": new()}
    headers = {**shipping.admin, "idempotency-key": "add"}

    answers = await asyncio.gather(
        *[shipping.http.post("/api/drivers", json=body, headers=headers) for _ in range(4)]
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["driver_id"] for answer in answers}) == 1


async def test_what_was_used_is_set_inactive_instead_of_removed(shipping: Shipping) -> None:
    shipment_id = await shipping.create()
    await shipping.submit(shipment_id)
    headers = {**shipping.admin, "idempotency-key": "remove"}

    driver = await shipping.http.delete(f"/api/drivers/{shipping.driver_id}", headers=headers)
    vehicle = await shipping.http.delete(f"/api/vehicles/{shipping.vehicle_id}", headers=shipping.admin)

    assert (driver.status_code, problem(driver)["code"]) == (409, "DRIVER_IN_USE")
    assert (vehicle.status_code, problem(vehicle)["code"]) == (409, "VEHICLE_IN_USE")
    body = {"name": "Dora", "user_id": shipping.driver_account, "active": False}
    await shipping.http.put(f"/api/drivers/{shipping.driver_id}", json=body, headers=shipping.admin)
    refused = await shipping.move(shipment_id, "OUT_FOR_DELIVERY", shipping.driver)
    assert refused.status_code == 403


async def test_a_vehicle_is_changed_and_listed(shipping: Shipping) -> None:
    body = {"plate": "BM-7", "kind": "BIKE", "active": False}
    changed = await shipping.http.put(
        f"/api/vehicles/{shipping.vehicle_id}", json=body, headers=shipping.admin
    )
    assert changed.json().items() >= body.items()
    page = await shipping.http.get("/api/vehicles", params={"page_size": 1}, headers=shipping.driver)
    assert page.json() == {"items": [changed.json()], "next_page_token": ""}
    missing = await shipping.http.put(f"/api/vehicles/{new()}", json=body, headers=shipping.admin)
    assert problem(missing)["code"] in {"VEHICLE_NOT_FOUND", "VEHICLE_EXISTS"}


async def test_bad_drivers_and_vehicles_are_refused(shipping: Shipping) -> None:
    drivers = [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 121},
        {"name": "a\x00b"},
        {"name": "a", "phone": "0301234"},
        {"name": "a", "phone": "+4915112345678\n"},
        {"name": "a", "user_id": "x"},
        {"name": "a", "more": 1},
    ]
    vehicles = [{"plate": "A"}, {"plate": " ", "kind": "CAR"}, {"plate": "A", "kind": "ROCKET"}]
    for path, bodies in (("/api/drivers", drivers), ("/api/vehicles", vehicles)):
        for body in bodies:
            refused = await shipping.http.post(path, json=body, headers=shipping.admin)
            assert (refused.status_code, body) == (400, body), refused.text
            problem(refused)
    rows = await shipping.harness.database.fetch("SELECT id FROM drivers UNION SELECT id FROM vehicles")
    assert len(rows) == 2
