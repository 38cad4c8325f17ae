"""The changes that admins make, and nobody else."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.services.product.conftest import Shop
from tests.support import problem


async def test_a_product_is_replaced(shop: Shop) -> None:
    tag = (await shop.create("tags", name="new"))["tag_id"]
    product_id = await shop.product("Bun", description="Soft", tag_ids=[tag])
    image = (await shop.upload(product_id)).json()["image_url"]

    body = {"name": "Roll", "active": False, "version": 1}
    changed = await shop.http.put(f"/api/products/{product_id}", json=body, headers=shop.admin)

    product = changed.json()
    assert (product["name"], product["description"], product["active"]) == ("Roll", "", False)
    assert (product["tag_ids"], product["image_urls"], product["version"]) == ([], [image], 2)
    assert await shop.names("q=roll&include_inactive=true", **shop.admin) == ["Roll"]


async def test_of_two_replacements_of_one_version_one_wins(shop: Shop) -> None:
    product_id = await shop.product("Bun")

    answers = await asyncio.gather(
        *(
            shop.http.put(
                f"/api/products/{product_id}", json={"name": name, "version": 1}, headers=shop.admin
            )
            for name in ("Roll", "Ring")
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert (problem(refused)["code"], problem(refused)["metadata"]) == ("PRODUCT_CHANGED", {"version": "2"})


async def test_a_deleted_product_is_gone_with_its_images(shop: Shop) -> None:
    product_id = await shop.product("Bun")
    image = (await shop.upload(product_id)).json()["image_url"]
    path = f"/api/products/{product_id}"

    assert (await shop.http.delete(path, headers=shop.admin)).status_code == 204
    for method, target in (("DELETE", path), ("GET", path), ("GET", image)):
        assert (await shop.http.request(method, target, headers=shop.admin)).status_code == 404
    again = await shop.http.put(path, json={"name": "x"}, headers=shop.admin)
    assert problem(again)["code"] == "PRODUCT_NOT_FOUND"


async def test_a_deleted_category_or_tag_leaves_its_products(shop: Shop) -> None:
    category = (await shop.create("categories", name="Bread"))["category_id"]
    tag = (await shop.create("tags", name="new"))["tag_id"]
    product_id = await shop.product("Bun", category_id=category, tag_ids=[tag])

    for path in (f"/api/categories/{category}", f"/api/tags/{tag}"):
        assert (await shop.http.delete(path, headers=shop.admin)).status_code == 204
        assert (await shop.http.delete(path, headers=shop.admin)).status_code == 404

    product = (await shop.http.get(f"/api/products/{product_id}")).json()
    assert (product["category_id"], product["tag_ids"]) == (None, [])


async def test_names_of_categories_and_tags_are_unique(shop: Shop) -> None:
    for path, key, code in (
        ("categories", "category_id", "CATEGORY_NAME_TAKEN"),
        ("tags", "tag_id", "TAG_NAME_TAKEN"),
    ):
        await shop.create(path, name="One")
        other = (await shop.create(path, name="Two"))[key]
        again = await shop.http.post(f"/api/{path}", json={"name": "One"}, headers=shop.admin)
        renamed = await shop.http.put(f"/api/{path}/{other}", json={"name": "One"}, headers=shop.admin)
        assert [(each.status_code, problem(each)["code"]) for each in (again, renamed)] == [(409, code)] * 2
        assert problem(again)["errors"] == [{"field": "name", "message": "That name is taken."}]
        good = await shop.http.put(f"/api/{path}/{other}", json={"name": "Three"}, headers=shop.admin)
        assert (good.status_code, good.json()["name"]) == (200, "Three")
        unknown = await shop.http.put(f"/api/{path}/{uuid4()}", json={"name": "Four"}, headers=shop.admin)
        assert unknown.status_code == 404


async def test_a_repeat_under_its_key_creates_once(shop: Shop) -> None:
    headers = shop.admin | {"idempotency-key": "create-1"}

    async def create() -> Any:
        return await shop.http.post("/api/products", json={"name": "Bun"}, headers=headers)

    answers = [*await asyncio.gather(*(create() for _ in range(4))), await create()]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["product_id"] for answer in answers}) == 1
    assert await shop.names() == ["Bun"]


async def test_of_two_categories_with_one_name_at_once_one_is_created(shop: Shop) -> None:
    answers = await asyncio.gather(
        *(shop.http.post("/api/categories", json={"name": "Bread"}, headers=shop.admin) for _ in range(2))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused)["code"] == "CATEGORY_NAME_TAKEN"


async def test_concurrent_duplicates_of_a_unique_name_get_one_answer(shop: Shop) -> None:
    headers = shop.admin | {"idempotency-key": "tag-1"}

    answers = await asyncio.gather(
        *(shop.http.post("/api/tags", json={"name": "vegan"}, headers=headers) for _ in range(4))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["tag_id"] for answer in answers}) == 1
    assert [row["name"] for row in await shop.database.fetch("SELECT name FROM tags")] == ["vegan"]


async def test_a_refusal_after_the_first_write_leaves_the_product_as_it_was(shop: Shop) -> None:
    tag = (await shop.create("tags", name="new"))["tag_id"]
    product_id = await shop.product("Bun", tag_ids=[tag])
    path = f"/api/products/{product_id}"
    before = (await shop.http.get(path)).json()
    headers = shop.admin | {"idempotency-key": "replace-1"}
    body = {"name": "Roll", "tag_ids": [str(uuid4())]}

    for _ in range(2):
        refused = await shop.http.put(path, json=body, headers=headers)
        assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "tag_ids")

    assert (await shop.http.get(path)).json() == before
    assert await shop.database.fetch("SELECT 1 FROM idempotency_keys WHERE key = 'replace-1'") == []


BAD: list[dict[str, Any]] = [
    {},
    {"name": ""},
    {"name": "  "},
    {"name": "x" * 121},
    {"name": "x\x00"},
    {"name": 5},
    {"name": "x", "description": "x" * 5001},
    {"name": "x", "category_id": "x"},
    {"name": "x", "category_id": str(uuid4())},
    {"name": "x", "tag_ids": [str(uuid4())]},
    {"name": "x", "tag_ids": "x"},
    {"name": "x", "tag_ids": [str(uuid4())] * 51},
    {"name": "x", "active": "perhaps"},
    {"name": "x", "version": 0},
    {"name": "x", "version": 10**30},
    {"name": "x", "price": "1.00"},
]


async def test_bad_input_is_refused_by_name(shop: Shop) -> None:
    product_id = await shop.product("Bun")
    for body in BAD:
        for method, path in (("POST", "/api/products"), ("PUT", f"/api/products/{product_id}")):
            refused = await shop.http.request(method, path, json=body, headers=shop.admin)
            assert (body, refused.status_code) == (body, 400)
            assert problem(refused)["errors"]
    for body in ({"name": "x", "sort_order": -1}, {"name": "x", "sort_order": 2**31}, {"name": " "}):
        assert (await shop.http.post("/api/categories", json=body, headers=shop.admin)).status_code == 400
    assert await shop.names() == ["Bun"]


async def test_nobody_else_writes(shop: Shop) -> None:
    category = (await shop.create("categories", name="Bread"))["category_id"]
    tag = (await shop.create("tags", name="new"))["tag_id"]
    product_id = await shop.product("Bun")
    image = (await shop.upload(product_id)).json()["image_url"]
    body = {"name": "Stolen"}

    for headers, status in ((shop.customer, 403), ({}, 401)):
        for method, path in (
            ("POST", "/api/products"),
            ("PUT", f"/api/products/{product_id}"),
            ("DELETE", f"/api/products/{product_id}"),
            ("POST", f"/api/products/{product_id}/images"),
            ("PUT", image),
            ("DELETE", image),
            ("POST", "/api/categories"),
            ("PUT", f"/api/categories/{category}"),
            ("DELETE", f"/api/categories/{category}"),
            ("POST", "/api/tags"),
            ("PUT", f"/api/tags/{tag}"),
            ("DELETE", f"/api/tags/{tag}"),
        ):
            refused = await shop.http.request(method, path, json=body, headers=headers)
            assert (method, path, refused.status_code) == (method, path, status)
    found = await shop.database.fetch(
        "SELECT name FROM products UNION ALL SELECT name FROM categories UNION ALL SELECT name FROM tags"
    )
    assert sorted(row["name"] for row in found) == ["Bread", "Bun", "new"]
    assert len(await shop.database.fetch("SELECT 1 FROM product_images")) == 1


async def test_allergens_are_those_of_the_regulation(shop: Shop) -> None:
    product_id = await shop.product("Bun", allergens=["sesame", "gluten"])
    path = f"/api/products/{product_id}"

    for more, field in (
        ({"allergens": ["wheat"]}, "allergens[0]"),
        ({"allergens": ["gluten"] * 15}, "allergens"),
        ({"unit": " "}, "unit"),
        ({"unit": 5}, "unit"),
        ({"unit": "x" * 41}, "unit"),
        ({"tax_category": "Food"}, "tax_category"),
        ({"tax_category": "food\n"}, "tax_category"),
    ):
        refused = await shop.http.put(path, json={"name": "Bun", **more}, headers=shop.admin)
        assert refused.status_code == 400, more
        assert [each["field"] for each in problem(refused)["errors"]] == [field]

    kept = (await shop.http.get(path)).json()
    assert (kept["allergens"], kept["unit"], kept["tax_category"]) == (["gluten", "sesame"], "piece", "food")
    changed = (await shop.http.put(path, json={"name": "Bun", "unit": "loaf"}, headers=shop.admin)).json()
    assert (changed["allergens"], changed["unit"]) == ([], "loaf")
