"""Preparation images: uploaded, linked, shown, removed."""

import asyncio

from tests.services.kitchen.conftest import PNG, Kitchen
from tests.support import problem


async def test_an_uploaded_image_is_shown_to_everybody(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()

    uploaded = await kitchen.upload(order_id)

    assert uploaded.status_code == 201, uploaded.text
    path = f"/api/production-orders/{order_id}/images/{uploaded.json()['image_id']}"
    assert uploaded.json()["url"] == f"https://bunmart.example{path}"
    shown = await kitchen.http.get(path)
    assert (shown.status_code, shown.content) == (200, PNG)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    seen = await kitchen.read(order_id)
    assert seen["preparation_image_urls"] == [uploaded.json()["url"]]
    assert seen["version"] == 2


async def test_an_image_elsewhere_is_linked_once(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    path = f"/api/production-orders/{order_id}/images"
    body = {"url": "https://images.example/bun.webp"}

    answers = await asyncio.gather(
        *[kitchen.http.post(path, json=body, headers=kitchen.staff) for _ in range(3)]
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["image_id"] for answer in answers}) == 1
    assert (await kitchen.read(order_id))["preparation_image_urls"] == [body["url"]]
    image = await kitchen.http.get(f"{path}/{answers[0].json()['image_id']}")
    assert problem(image)["code"] == "IMAGE_NOT_FOUND"


async def test_a_removed_image_is_gone(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    image_id = (await kitchen.upload(order_id)).json()["image_id"]
    path = f"/api/production-orders/{order_id}/images/{image_id}"
    elsewhere = f"/api/production-orders/{await kitchen.create()}/images/{image_id}"

    assert problem(await kitchen.http.delete(elsewhere, headers=kitchen.staff))["code"] == "IMAGE_NOT_FOUND"
    removed = await kitchen.http.delete(path, headers=kitchen.staff)
    again = await kitchen.http.delete(path, headers=kitchen.staff)

    assert (removed.status_code, again.status_code) == (204, 404)
    assert (await kitchen.http.get(path)).status_code == 404


_NO_IMAGES = [
    (b"", "image/png", 400),
    (b"<svg/>", "image/png", 400),
    (PNG, "image/jpeg", 400),
    (PNG, "image/svg+xml", 400),
    (PNG, "text/html", 400),
    (PNG, "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'{"url": 3}', "application/json", 400),
    (b'{"url": "javascript:alert(1)"}', "application/json", 400),
    (b'{"url": "https://a", "more": 1}', "application/json", 400),
    (PNG + bytes(2 * 1024 * 1024), "image/png", 413),
]


async def test_an_image_uploaded_twice_at_once_under_one_key_is_one(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    headers = {**kitchen.staff, "content-type": "image/png", "idempotency-key": "upload"}
    path = f"/api/production-orders/{order_id}/images"

    answers = await asyncio.gather(*[kitchen.http.post(path, content=PNG, headers=headers) for _ in range(4)])

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["image_id"] for answer in answers}) == 1
    seen = await kitchen.read(order_id)
    assert (len(seen["images"]), seen["version"]) == (1, 2)


async def test_what_is_no_image_is_refused(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()

    for content, kind, status in _NO_IMAGES:
        refused = await kitchen.upload(order_id, content, kind)
        assert refused.status_code == status, refused.text
        problem(refused)

    assert (await kitchen.read(order_id))["images"] == []


async def test_a_production_order_has_at_most_twenty(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()

    answers = await asyncio.gather(*[kitchen.upload(order_id) for _ in range(22)])

    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [409] * 2
    assert {problem(each)["code"] for each in answers if each.status_code == 409} == {"TOO_MANY_IMAGES"}
    assert len((await kitchen.read(order_id))["images"]) == 20
