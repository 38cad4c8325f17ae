"""The reads that everybody may make."""

from uuid import uuid4

from bunmart_chassis.paging import encode_token

from tests.services.product.conftest import Shop
from tests.support import problem, read_pages


async def test_a_product_is_shown_with_all_that_belongs_to_it(shop: Shop) -> None:
    category = (await shop.create("categories", name="Bread", sort_order=2))["category_id"]
    tags = sorted([(await shop.create("tags", name=name))["tag_id"] for name in ("vegan", "new")])
    created = await shop.create(
        "products", name=" Bun ", description="Soft", category_id=category, tag_ids=[*tags, tags[0]]
    )
    image = (await shop.upload(created["product_id"])).json()["image_url"]

    product = (await shop.http.get(f"/api/products/{created['product_id']}")).json()

    expected = {
        "product_id": created["product_id"],
        "name": "Bun",
        "description": "Soft",
        "category_id": category,
        "tag_ids": tags,
        "image_url": image,
        "image_urls": [image],
        "active": True,
        "created_at": created["created_at"],
        "version": 1,
    }
    assert {name: product[name] for name in expected} == expected
    assert product["updated_at"] > created["updated_at"]


async def test_the_list_is_searched_and_filtered(shop: Shop) -> None:
    bread = (await shop.create("categories", name="Bread"))["category_id"]
    vegan = (await shop.create("tags", name="vegan"))["tag_id"]
    await shop.product("Rye", description="100% of it", category_id=bread, tag_ids=[vegan])
    await shop.product("Börek", description="Flaky pastry")
    await shop.product("baguette", category_id=bread)

    assert await shop.names() == ["baguette", "Börek", "Rye"]
    assert await shop.names("q=BOREK") == ["Börek"]
    assert await shop.names("q=PAST") == ["Börek"]
    assert await shop.names("q=%25") == ["Rye"]
    assert await shop.names("q=_") == []
    assert await shop.names(f"category_id={bread}") == ["baguette", "Rye"]
    assert await shop.names(f"tag_id={vegan}&category_id={bread}&q=it") == ["Rye"]
    assert await shop.names(f"tag_id={uuid4()}") == []


async def test_pages_follow_each_other_without_gaps(shop: Shop) -> None:
    for name in ("b", "a", "B", "c", "Á"):
        await shop.product(name)

    products = await read_pages(shop.http, "/api/products")

    assert [product["name"] for product in products] == ["a", "Á", "b", "B", "c"]


async def test_pages_of_a_filtered_list_keep_its_filters(shop: Shop) -> None:
    bread = (await shop.create("categories", name="Bread"))["category_id"]
    for name in ("Rye", "Bun", "Roll"):
        await shop.product(name, category_id=bread)
    await shop.product("Bagel")
    query = f"category_id={bread}&q=r&page_size=1"

    first = (await shop.http.get(f"/api/products?{query}")).json()
    second = (await shop.http.get(f"/api/products?{query}&page_token={first['next_page_token']}")).json()

    assert [page["items"][0]["name"] for page in (first, second)] == ["Roll", "Rye"]
    assert second["next_page_token"] == ""


async def test_only_admins_list_what_is_not_for_sale(shop: Shop) -> None:
    await shop.product("Bun")
    old = await shop.product("Old", active=False)

    assert await shop.names() == ["Bun"]
    assert await shop.names("include_inactive=true", **shop.admin) == ["Bun", "Old"]
    assert await shop.names(**shop.admin) == ["Bun"]
    for headers, refusal in ((shop.customer, (403, "PERMISSION_DENIED")), ({}, (401, "UNAUTHENTICATED"))):
        refused = await shop.http.get("/api/products?include_inactive=true", headers=headers)
        assert (refused.status_code, problem(refused)["code"]) == refusal
    assert (await shop.http.get(f"/api/products/{old}")).json()["active"] is False


async def test_a_batch_leaves_unknown_products_out(shop: Shop) -> None:
    bun, old = await shop.product("Bun"), await shop.product("Old", active=False)

    page = (await shop.http.get(f"/api/products/batch?ids={bun},{uuid4()},{old},{bun}")).json()

    assert {product["product_id"]: product["active"] for product in page["items"]} == {bun: True, old: False}
    assert page["next_page_token"] == ""


async def test_unknown_and_malformed_are_refused(shop: Shop) -> None:
    unknown = await shop.http.get(f"/api/products/{uuid4()}")
    assert (unknown.status_code, problem(unknown)["code"]) == (404, "PRODUCT_NOT_FOUND")
    for query in (
        "?category_id=x",
        "?tag_id=1",
        "?q=%00",
        "?q=" + "x" * 101,
        "?page_size=-1",
        "?page_size=x",
        "?page_token=x",
        "?page_token=WyJhIiwgImIiXQ",
        "?page_token=" + encode_token(("\x00", uuid4())),
        "?page_token=" + encode_token(uuid4()),
        "?include_inactive=perhaps",
        "/batch",
        "/batch?ids=",
        "/batch?ids=x",
        "/batch?ids=" + ",".join(str(uuid4()) for _ in range(101)),
    ):
        refused = await shop.http.get(f"/api/products{query}")
        assert (query, refused.status_code, problem(refused)["status"]) == (query, 400, 400)


async def test_categories_and_tags_are_listed_in_order(shop: Shop) -> None:
    for name, place in (("Cake", 2), ("Bread", 1), ("Apple", 2)):
        await shop.create("categories", name=name, sort_order=place)
    for name in ("vegan", "new"):
        await shop.create("tags", name=name)

    categories = (await shop.http.get("/api/categories")).json()["items"]
    assert [category["name"] for category in categories] == ["Bread", "Apple", "Cake"]
    assert [tag["name"] for tag in (await shop.http.get("/api/tags")).json()["items"]] == ["new", "vegan"]
