"""Prices, campaigns, discounts and coupons: admins keep them, and nobody else does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from tests.services.pricing.conftest import BUN, PATHS, ROLL, Till, days
from tests.support import problem

NAME = "x" * 200
PRICE: dict[str, Any] = {"product_id": str(BUN), "unit_price": "1.25", "currency_code": "EUR"}
CAMPAIGN = {"name": "Summer", "starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-07-01T00:00:00Z"}
DISCOUNT = {"type": "PERCENT", "value": "10.00", "description": "Ten"}
COUPON = {"code": "SUMMER", "type": "FIXED", "value": "2.00", "minimum_subtotal": "5.00"}
BODIES: dict[str, dict[str, Any]] = {
    "price": PRICE,
    "campaign": CAMPAIGN,
    "discount": DISCOUNT,
    "coupon": COUPON,
}
EMPTY: dict[str, dict[str, Any]] = {
    "price": {"minimum_quantity": 1, "valid_from": None, "valid_until": None},
    "campaign": {"active": True},
    "discount": dict.fromkeys(("currency_code", "product_id", "category_id", "campaign_id"))
    | {"active": True},
    "coupon": dict.fromkeys(
        (
            "currency_code",
            "product_id",
            "category_id",
            "limit_total",
            "limit_per_customer",
            "starts_at",
            "ends_at",
        )
    )
    | {"description": "", "first_order_only": False, "exclusive": False, "active": True},
}
WHOLE = {noun: EMPTY[noun] | body for noun, body in BODIES.items()}
"""Bodies that name every field, as a change does."""
YEAR_ONE = "0001-01-01T00:00:00Z"
HUGE = "9" * 400
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("price", PRICE | {"unit_price": 1.25}, "unit_price"),
    ("price", PRICE | {"unit_price": "-1"}, "unit_price"),
    ("price", PRICE | {"unit_price": "1.255"}, "unit_price"),
    ("price", PRICE | {"unit_price": "1e3"}, "unit_price"),
    ("price", PRICE | {"unit_price": "NaN"}, "unit_price"),
    ("price", PRICE | {"unit_price": ""}, "unit_price"),
    ("price", PRICE | {"unit_price": "1000000000.00"}, "unit_price"),
    ("price", PRICE | {"unit_price": HUGE}, "unit_price"),
    ("price", PRICE | {"unit_price": "1000000.00"}, "unit_price"),
    ("price", PRICE | {"unit_price": "1.50", "currency_code": "JPY"}, "unit_price"),
    ("price", PRICE | {"currency_code": "eur"}, "currency_code"),
    ("price", PRICE | {"currency_code": "EURO"}, "currency_code"),
    ("price", PRICE | {"currency_code": "EUR\n"}, "currency_code"),
    ("price", PRICE | {"currency_code": "CHF"}, "currency_code"),
    ("price", PRICE | {"currency_code": "KWD"}, "currency_code"),
    ("price", PRICE | {"currency_code": "EUX"}, "currency_code"),
    ("price", PRICE | {"unit_price": "1\n"}, "unit_price"),
    ("price", PRICE | {"unit_price": "1\u0663.5"}, "unit_price"),
    ("price", PRICE | {"minimum_quantity": 0}, "minimum_quantity"),
    ("price", PRICE | {"minimum_quantity": 1001}, "minimum_quantity"),
    ("price", PRICE | {"valid_from": YEAR_ONE}, "valid_from"),
    ("price", PRICE | {"valid_until": "9999-12-31T23:59:59Z"}, "valid_until"),
    ("price", PRICE | {"valid_from": days(2), "valid_until": days(1)}, "valid_until"),
    ("price", PRICE | {"product_id": "bun"}, "product_id"),
    ("price", PRICE | {"price": "1"}, "price"),
    ("price", {"product_id": str(BUN)}, "unit_price"),
    ("campaign", CAMPAIGN | {"name": ""}, "name"),
    ("campaign", CAMPAIGN | {"name": "  "}, "name"),
    ("campaign", CAMPAIGN | {"name": NAME + "x"}, "name"),
    ("campaign", CAMPAIGN | {"name": "\x00"}, "name"),
    ("campaign", CAMPAIGN | {"ends_at": CAMPAIGN["starts_at"]}, "ends_at"),
    ("campaign", CAMPAIGN | {"ends_at": "2026-07-01T00:00:00"}, "ends_at"),
    ("campaign", CAMPAIGN | {"ends_at": "soon"}, "ends_at"),
    ("campaign", CAMPAIGN | {"starts_at": YEAR_ONE}, "starts_at"),
    ("campaign", CAMPAIGN | {"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
    ("campaign", CAMPAIGN | {"ends_at": "9999-12-31T23:59:59-14:00"}, "ends_at"),
    ("discount", DISCOUNT | {"type": "HALF"}, "type"),
    ("discount", DISCOUNT | {"type": "FREE_DELIVERY", "value": "0"}, "type"),
    ("discount", DISCOUNT | {"type": "FIXED", "value": "1.50", "currency_code": "JPY"}, "value"),
    ("discount", DISCOUNT | {"currency_code": "CHF"}, "currency_code"),
    ("discount", DISCOUNT | {"product_id": str(BUN), "category_id": str(uuid4())}, "category_id"),
    ("discount", DISCOUNT | {"value": "0"}, "value"),
    ("discount", DISCOUNT | {"value": "100.01"}, "value"),
    ("discount", DISCOUNT | {"value": HUGE}, "value"),
    ("discount", DISCOUNT | {"description": NAME + "x"}, "description"),
    ("discount", DISCOUNT | {"description": "\x00"}, "description"),
    ("discount", DISCOUNT | {"campaign_id": str(uuid4())}, "campaign_id"),
    ("discount", DISCOUNT | {"campaign_id": "summer"}, "campaign_id"),
    ("coupon", COUPON | {"code": "A"}, "code"),
    ("coupon", COUPON | {"code": "A B"}, "code"),
    ("coupon", COUPON | {"code": "A" * 41}, "code"),
    ("coupon", COUPON | {"value": "0.00"}, "value"),
    ("coupon", COUPON | {"type": "PERCENT", "value": "101"}, "value"),
    ("coupon", COUPON | {"minimum_subtotal": "-1"}, "minimum_subtotal"),
    ("coupon", COUPON | {"starts_at": days(1), "ends_at": days(-1)}, "ends_at"),
    ("coupon", COUPON | {"starts_at": YEAR_ONE}, "starts_at"),
    ("coupon", COUPON | {"ends_at": YEAR_ONE}, "ends_at"),
    ("coupon", COUPON | {"limit_total": 0}, "limit_total"),
    ("coupon", COUPON | {"limit_per_customer": -1}, "limit_per_customer"),
    ("coupon", COUPON | {"type": "FREE_DELIVERY", "value": "1.00"}, "value"),
    ("coupon", COUPON | {"product_id": str(BUN), "category_id": str(uuid4())}, "category_id"),
    ("coupon", COUPON | {"currency_code": "JPY", "minimum_subtotal": "5.50"}, "minimum_subtotal"),
    ("coupon", COUPON | {"currency_code": "JPY", "value": "2.50"}, "value"),
]


def fields(refused: Any) -> list[str]:
    """The fields that a refusal names."""
    assert (refused.status_code, problem(refused)["code"]) == (400, "INVALID_ARGUMENT")
    return [error["field"] for error in problem(refused)["errors"]]


async def test_every_entity_is_created_read_changed_and_deleted(till: Till) -> None:
    for noun, body in BODIES.items():
        path = f"/api/{PATHS[noun]}"
        created = await till.post(noun, **body)
        assert created.status_code == 201, created.text
        row = created.json()
        assert {name: row[name] for name in body} == body
        row_id = row[f"{noun}_id"]
        changes: dict[str, Any] = {"unit_price": "2.00"} if noun == "price" else {"active": False}

        changed = await till.http.put(f"{path}/{row_id}", json={**WHOLE[noun], **changes}, headers=till.admin)
        listed = (await till.http.get(path, headers=till.admin)).json()

        assert changed.status_code == 200, changed.text
        assert listed == {"items": [changed.json()], "next_page_token": ""}
        assert {name: changed.json()[name] for name in changes} == changes
        if noun != "price":
            assert (await till.http.get(f"{path}/{row_id}", headers=till.admin)).json() == changed.json()
        assert (await till.http.delete(f"{path}/{row_id}", headers=till.admin)).status_code == 204
        gone = await till.http.delete(f"{path}/{row_id}", headers=till.admin)
        assert (gone.status_code, problem(gone)["code"]) == (404, f"{noun.upper()}_NOT_FOUND")
        gone = await till.http.put(f"{path}/{row_id}", json=WHOLE[noun], headers=till.admin)
        assert (gone.status_code, problem(gone)["code"]) == (404, f"{noun.upper()}_NOT_FOUND")


async def test_a_change_that_leaves_out_a_field_is_refused_and_changes_nothing(till: Till) -> None:
    for noun, whole in WHOLE.items():
        path = f"/api/{PATHS[noun]}/{await till.add(noun, **whole)}"
        before = await till.database.fetch(f"SELECT * FROM {PATHS[noun]}")
        for left_out in whole:
            body = {name: value for name, value in whole.items() if name != left_out}
            refused = await till.http.put(path, json=body, headers=till.admin)
            assert (left_out, fields(refused)) == (left_out, [left_out])
        assert await till.database.fetch(f"SELECT * FROM {PATHS[noun]}") == before


async def test_only_admins_write_and_read_what_is_not_public(till: Till) -> None:
    for noun, body in BODIES.items():
        row_id = await till.add(noun, **body)
        path = f"/api/{PATHS[noun]}"
        before = (await till.http.get(path, headers=till.admin)).json()
        calls: list[tuple[str, str, Any]] = [
            ("POST", path, body | {"product_id": str(ROLL)} if noun == "price" else body),
            ("PUT", f"{path}/{row_id}", WHOLE[noun]),
            ("DELETE", f"{path}/{row_id}", None),
        ]
        if noun != "price":
            calls += [("GET", path, None), ("GET", f"{path}/{row_id}", None)]

        for method, url, sent in calls:
            for headers, status in (({}, 401), (till.customer, 403)):
                refused = await till.http.request(method, url, json=sent, headers=headers)
                assert (method, url, problem(refused)["status"]) == (method, url, status)

        assert (await till.http.get(path, headers=till.admin)).json() == before


async def test_everybody_reads_prices(till: Till) -> None:
    first, second = await till.price(BUN, "1.25"), await till.price(ROLL, "0.80")

    page = (await till.http.get("/api/prices", params={"page_size": 1})).json()
    rest = (
        await till.http.get("/api/prices", params={"page_size": 1, "page_token": page["next_page_token"]})
    ).json()
    chosen = (await till.http.get("/api/prices", params={"product_ids": f"{BUN},{uuid4()}"})).json()
    one = (await till.http.get(f"/api/prices/product/{ROLL}")).json()

    assert [item["price_id"] for item in page["items"] + rest["items"]] == [second, first]
    assert rest["next_page_token"] == ""
    assert [item["price_id"] for item in chosen["items"]] == [first]
    assert (one["price_id"], one["unit_price"], one["currency_code"]) == (second, "0.80", "EUR")


async def test_a_product_without_a_price_is_not_found(till: Till) -> None:
    missing = await till.http.get(f"/api/prices/product/{uuid4()}")

    assert (missing.status_code, problem(missing)["code"]) == (404, "PRICE_NOT_FOUND")


async def test_of_prices_for_one_product_at_once_one_is_created(till: Till) -> None:
    responses = await asyncio.gather(*(till.post("price", **PRICE) for _ in range(8)))

    assert sorted(response.status_code for response in responses) == [201] + [409] * 7
    lost = next(response for response in responses if response.status_code == 409)
    assert (problem(lost)["code"], problem(lost)["errors"][0]["field"]) == ("PRICE_EXISTS", "product_id")
    assert await till.count("prices") == 1


async def test_a_price_does_not_move_to_a_product_that_has_one(till: Till) -> None:
    await till.price(BUN, "1.25")
    other = await till.price(ROLL, "0.80")

    refused = await till.http.put(f"/api/prices/{other}", json=WHOLE["price"], headers=till.admin)

    assert (refused.status_code, problem(refused)["code"]) == (409, "PRICE_EXISTS")
    assert (await till.http.get(f"/api/prices/product/{ROLL}")).json()["unit_price"] == "0.80"


async def test_a_code_is_taken_in_any_case(till: Till) -> None:
    await till.coupon("Summer-1", "1.00")
    other = await till.coupon("WINTER", "1.00")

    refused = await till.post("coupon", code="SUMMER-1\n", type="PERCENT", value="5")
    moved = await till.http.put(
        f"/api/coupons/{other}", json=WHOLE["coupon"] | {"code": "summer-1"}, headers=till.admin
    )

    for each in (refused, moved):
        assert (each.status_code, problem(each)["code"]) == (409, "COUPON_EXISTS")
        assert problem(each)["errors"][0]["field"] == "code"
    assert await till.count("coupons") == 2


async def test_a_repeat_with_the_same_key_creates_one(till: Till) -> None:
    headers = {**till.admin, "idempotency-key": "price-1"}

    first, second = [await till.post("price", headers, **PRICE) for _ in range(2)]
    taken = await till.post("price", {**till.admin, "idempotency-key": "price-2"}, **PRICE)

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert (taken.status_code, problem(taken)["code"]) == (409, "PRICE_EXISTS")
    assert await till.count("prices") == 1


async def test_of_repeats_at_the_same_time_one_creates_and_all_are_answered(till: Till) -> None:
    headers = {**till.admin, "idempotency-key": "coupon-1"}

    responses = await asyncio.gather(*(till.post("coupon", headers, **COUPON) for _ in range(6)))

    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["coupon_id"] for response in responses}) == 1
    assert await till.count("coupons") == 1


async def test_changes_at_the_same_time_come_one_after_the_other(till: Till) -> None:
    price_id = await till.price(BUN, "1.25")

    async def change(unit_price: str) -> Any:
        body = WHOLE["price"] | {"unit_price": unit_price}
        return (await till.http.put(f"/api/prices/{price_id}", json=body, headers=till.admin)).json()

    changed = await asyncio.gather(*(change(f"{euros}.00") for euros in range(1, 6)))

    last = max(changed, key=lambda price: price["updated_at"])
    assert (await till.http.get(f"/api/prices/product/{BUN}")).json() == last


async def test_a_bad_body_names_the_field(till: Till) -> None:
    for noun, body, field in BAD:
        refused = await till.post(noun, **body)
        assert (noun, body, refused.status_code) == (noun, body, 400)
        assert (body, fields(refused)) == (body, [field])

    assert [await till.count(table) for table in PATHS.values()] == [0, 0, 0, 0]


async def test_a_change_to_an_unknown_campaign_names_the_field(till: Till) -> None:
    discount_id = await till.add("discount", **DISCOUNT)

    refused = await till.http.put(
        f"/api/discounts/{discount_id}",
        json=WHOLE["discount"] | {"campaign_id": str(uuid4())},
        headers=till.admin,
    )

    assert fields(refused) == ["campaign_id"]
    kept = (await till.http.get(f"/api/discounts/{discount_id}", headers=till.admin)).json()
    assert kept["campaign_id"] is None


async def test_another_reference_is_not_taken_for_the_campaign(till: Till) -> None:
    await till.database.execute(
        "ALTER TABLE discounts ADD CONSTRAINT fk_priced FOREIGN KEY (product_id) REFERENCES coupons (id)"
    )

    body: dict[str, Any] = DISCOUNT | {"product_id": str(BUN)}
    refused = await till.post("discount", **body)

    assert (refused.status_code, problem(refused)["code"]) == (409, "FAILED_PRECONDITION")
    assert problem(refused)["metadata"] == {"constraint": "fk_priced"}
    assert await till.count("discounts") == 0


async def test_a_bad_list_names_the_parameter(till: Till) -> None:
    for params, field in (
        ({"page_size": "-1"}, "page_size"),
        ({"page_size": "all"}, "page_size"),
        ({"page_token": "!"}, "page_token"),
        ({"product_ids": ""}, "product_ids[0]"),
        ({"product_ids": f"{BUN},x"}, "product_ids[1]"),
        ({"product_ids": ",".join([str(BUN)] * 101)}, "product_ids"),
    ):
        refused = await till.http.get("/api/prices", params=params)
        assert (params, fields(refused)) == (params, [field])


async def test_a_shop_in_yen_has_whole_amounts(open_till: Callable[..., Awaitable[Till]]) -> None:
    till = await open_till(shop_currencies={"JPY": {"delivery_fee": "600"}})

    refused = await till.post("price", product_id=str(BUN), unit_price="99.50")
    assert fields(refused) == ["unit_price"]

    await till.price(BUN, "99")
    await till.coupon("THIRD", "33", type="PERCENT")
    totals = await till.totals((BUN, 1), coupons=["THIRD"])
    assert (totals.discount_total, totals.total, totals.currency_code) == ("33.00", "66.00", "JPY")
