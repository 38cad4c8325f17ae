"""Images: upload, place, bytes."""

import asyncio
from uuid import uuid4

from bunmart_product.domain import MAX_IMAGE_BYTES

from tests.services.product.conftest import PNG, Shop
from tests.support import problem

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def test_the_bytes_come_back_for_ever(shop: Shop) -> None:
    uploaded = await shop.upload(await shop.product(), alt="A bun")
    view = uploaded.json()
    assert uploaded.status_code == 201
    assert (view["alt"], view["position"], view["size"]) == ("A bun", 0, len(PNG))

    image = await shop.http.get(view["image_url"])

    assert (image.status_code, image.content, image.headers["content-type"]) == (200, PNG, "image/png")
    assert image.headers["etag"] == f'"{view["image_id"]}"'
    assert image.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert image.headers["x-content-type-options"] == "nosniff"
    again = await shop.http.get(view["image_url"], headers={"if-none-match": image.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_an_svg_cannot_run_scripts(shop: Shop) -> None:
    view = (await shop.upload(await shop.product(), SVG, "image/svg+xml")).json()

    image = await shop.http.get(view["image_url"])

    assert image.headers["content-type"].startswith("image/svg+xml")
    policy = image.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy


async def test_a_form_uploads_too(shop: Shop) -> None:
    product_id = await shop.product()
    path = f"/api/products/{product_id}/images"

    good = await shop.http.post(path, files={"file": ("bun.png", PNG, "image/png")}, headers=shop.admin)
    assert (good.status_code, (await shop.http.get(good.json()["image_url"])).content) == (201, PNG)
    no_file = await shop.http.post(path, data={"file": "x"}, headers=shop.admin)
    assert no_file.status_code == 400
    for body in (
        b"--x\r\nbroken",
        b"",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    ):
        headers = shop.admin | {"content-type": "multipart/form-data; boundary=x"}
        assert (await shop.http.post(path, content=body, headers=headers)).status_code == 400


async def test_images_are_ordered_changed_and_deleted(shop: Shop) -> None:
    product_id = await shop.product()
    first, second = [(await shop.upload(product_id)).json() for _ in range(2)]

    changed = await shop.http.put(second["image_url"], json={"position": 0, "alt": "Cut"}, headers=shop.admin)
    assert (changed.json()["position"], changed.json()["alt"]) == (0, "Cut")
    await shop.http.put(first["image_url"], json={"position": 1}, headers=shop.admin)

    product = (await shop.http.get(f"/api/products/{product_id}")).json()
    assert product["image_url"] == second["image_url"]
    assert product["image_urls"] == [second["image_url"], first["image_url"]]
    listed = (await shop.http.get(f"/api/products/{product_id}/images")).json()["items"]
    assert [image["alt"] for image in listed] == ["Cut", ""]

    assert (await shop.http.delete(second["image_url"], headers=shop.admin)).status_code == 204
    gone = await shop.http.delete(second["image_url"], headers=shop.admin)
    assert (gone.status_code, problem(gone)["code"]) == (404, "IMAGE_NOT_FOUND")
    assert (await shop.http.get(second["image_url"])).status_code == 404


async def test_an_image_belongs_to_its_product(shop: Shop) -> None:
    image = (await shop.upload(await shop.product("Bun"))).json()["image_id"]
    other = f"/api/products/{await shop.product('Roll')}/images/{image}"

    assert (await shop.http.get(other)).status_code == 404
    assert (await shop.http.put(other, json={"alt": "x"}, headers=shop.admin)).status_code == 404
    assert (await shop.http.delete(other, headers=shop.admin)).status_code == 404
    unknown = await shop.upload(str(uuid4()))
    assert (unknown.status_code, problem(unknown)["code"]) == (404, "PRODUCT_NOT_FOUND")


async def test_there_are_never_too_many(shop: Shop) -> None:
    product_id = await shop.product()

    answers = await asyncio.gather(*(shop.upload(product_id) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused)["code"] == "TOO_MANY_IMAGES"
    listed = (await shop.http.get(f"/api/products/{product_id}/images")).json()["items"]
    assert sorted(image["position"] for image in listed) == [0, 1, 2]


async def test_an_image_too_many_leaves_its_product_as_it_was(shop: Shop) -> None:
    product_id = await shop.product()
    for _ in range(3):
        await shop.upload(product_id)
    before = (await shop.http.get(f"/api/products/{product_id}")).json()

    refused = await shop.upload(product_id)

    assert problem(refused)["code"] == "TOO_MANY_IMAGES"
    assert (await shop.http.get(f"/api/products/{product_id}")).json() == before


async def test_concurrent_duplicates_of_an_upload_add_one_image(shop: Shop) -> None:
    product_id = await shop.product()
    headers = shop.admin | {"content-type": "image/png", "idempotency-key": "upload-1"}

    answers = await asyncio.gather(
        *(
            shop.http.post(f"/api/products/{product_id}/images", content=PNG, headers=headers)
            for _ in range(3)
        )
    )

    assert {answer.status_code for answer in answers} == {201}
    listed = (await shop.http.get(f"/api/products/{product_id}/images")).json()["items"]
    assert {answer.json()["image_id"] for answer in answers} == {image["image_id"] for image in listed}
    assert len(listed) == 1


async def test_what_is_no_image_is_refused(shop: Shop) -> None:
    product_id = await shop.product()
    for data, content_type in (
        (b"<html>", "text/html"),
        (b"<html>", "image/png"),
        (PNG, "image/jpeg"),
        (b"", "image/png"),
        (PNG, ""),
        (PNG, "application/json"),
    ):
        refused = await shop.upload(product_id, data, content_type)
        assert (content_type, refused.status_code) == (content_type, 400)
    large = await shop.upload(product_id, PNG.ljust(MAX_IMAGE_BYTES + 1, b"x"))
    assert (large.status_code, problem(large)["code"]) == (400, "IMAGE_TOO_LARGE")
    huge = await shop.upload(product_id, PNG.ljust(5 * 1024 * 1024, b"x"))
    assert (huge.status_code, problem(huge)["code"]) == (413, "BODY_TOO_LARGE")
    long_alt = await shop.upload(product_id, alt="x" * 301)
    assert long_alt.status_code == 400
    assert await shop.database.fetch("SELECT 1 FROM product_images") == []
