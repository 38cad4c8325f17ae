"""Profiles, roles, addresses; and who may not."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from bunmart_user.domain.addresses import MAX_ADDRESSES

from tests.services.user.conftest import ADDRESS, Desk
from tests.support import problem, read_pages


async def test_a_user_changes_what_is_given_and_nothing_else(desk: Desk) -> None:
    user_id = await desk.user(phone="+4915112345678")
    preferences = {"newsletter": True, "language": "de", "columns": 3, "ratio": 0.5, "theme": None}

    body = {"display_name": " Ada L. ", "preferences": preferences, "version": 1}
    changed = await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.auth(user_id))

    user = changed.json()
    assert (user["display_name"], user["phone"], user["version"]) == ("Ada L.", "+4915112345678", 2)
    assert user["preferences"] == preferences
    assert (await desk.http.get(f"/api/users/{user_id}", headers=desk.auth(user_id))).json() == user
    late = await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.auth(user_id))
    assert (late.status_code, problem(late)["code"]) == (409, "VERSION_MISMATCH")


async def test_of_simultaneous_changes_of_one_version_one_wins(desk: Desk) -> None:
    user_id = await desk.user()

    async def change(name: str) -> int:
        body = {"display_name": name, "version": 1}
        return (await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.admin)).status_code

    assert sorted(await asyncio.gather(*(change(f"Ada {n}") for n in range(4)))) == [200, 409, 409, 409]
    assert (await desk.row(user_id))["version"] == 2


async def test_a_keyed_change_is_made_once(desk: Desk) -> None:
    user_id = await desk.user()
    headers = {**desk.auth(user_id), "idempotency-key": "k"}

    responses = [
        await desk.http.put(f"/api/users/{user_id}", json={"display_name": "B"}, headers=headers)
        for _ in range(3)
    ]

    assert [each.json()["version"] for each in responses] == [2, 2, 2]


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"display_name": ""}, "display_name"),
    ({"display_name": 5}, "display_name"),
    ({"phone": "911"}, "phone"),
    ({"preferences": []}, "preferences"),
    ({"preferences": {"a": {"b": 1}}}, "preferences"),
    ({"preferences": {"a": 2**70}}, "preferences"),
    ({"preferences": {str(n): n for n in range(51)}}, "preferences"),
    ({"preferences": {"a": "x" * 501}}, "preferences"),
    ({"roles": ["king"]}, "roles"),
    ({"version": 0}, "version"),
    ({"version": 2**40}, "version"),
    ({"active": "yes"}, "active"),
    ({"email": "b@example.org"}, "email"),
]


async def test_bad_changes_are_refused_by_field(desk: Desk) -> None:
    user_id = await desk.user()
    before = await desk.row(user_id)

    for body, field in BAD_CHANGES:
        refused = await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.admin)
        assert refused.status_code == 400, (body, refused.text)
        assert problem(refused)["errors"][0]["field"].startswith(field), refused.text
    nul = await desk.http.put(
        f"/api/users/{user_id}", json={"preferences": {"a": "\x00"}}, headers=desk.admin
    )
    assert nul.status_code == 400
    assert await desk.row(user_id) == before


async def test_roles_are_given_by_admins(desk: Desk) -> None:
    user_id = await desk.user()
    before = await desk.row(user_id)
    for body in ({"roles": ["admin"]}, {"active": True}):
        refused = await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.auth(user_id))
        assert refused.status_code == 403
    assert await desk.row(user_id) == before

    given = await desk.http.put(
        f"/api/users/{user_id}", json={"roles": ["driver", "kitchen", "driver"]}, headers=desk.admin
    )

    assert given.json()["roles"] == ["kitchen", "driver"]
    found = await desk.http.get("/api/users?role=driver", headers=desk.admin)
    assert [user["user_id"] for user in found.json()["items"]] == [str(user_id)]
    roles = await desk.http.get("/api/roles", headers=desk.admin)
    assert [each["role"] for each in roles.json()["items"]] == ["customer", "kitchen", "driver", "admin"]


async def test_two_admins_cannot_dismiss_each_other_at_the_same_time(desk: Desk) -> None:
    admins = [await desk.user(), await desk.user()]
    for user_id in admins:
        await desk.http.put(f"/api/users/{user_id}", json={"roles": ["admin"]}, headers=desk.admin)

    async def dismiss(user_id: UUID) -> int:
        body: dict[str, Any] = {"roles": ["customer"]}
        return (await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.admin)).status_code

    assert sorted(await asyncio.gather(*map(dismiss, admins))) == [200, 409]
    left = await desk.http.get("/api/users?role=admin", headers=desk.admin)
    [last] = left.json()["items"]
    for method, body in (("DELETE", None), ("PUT", {"active": False})):
        refused = await desk.http.request(
            method, f"/api/users/{last['user_id']}", json=body, headers=desk.admin
        )
        assert problem(refused)["code"] == "LAST_ADMIN"


async def test_a_deleted_account_keeps_nothing_personal(desk: Desk) -> None:
    user_id = await desk.user("ada@example.org", phone="+4915112345678")
    mine = desk.auth(user_id)
    await desk.http.post(f"/api/users/{user_id}/addresses", json=ADDRESS, headers=mine)
    await desk.session("ada@example.org")

    for _ in range(2):
        assert (await desk.http.delete(f"/api/users/{user_id}", headers=mine)).status_code == 204

    row = await desk.row(user_id)
    assert (row["email"], row["display_name"], row["phone"], row["password_hash"]) == (
        None,
        "Deleted user",
        "",
        "",
    )
    assert (row["active"], row["roles"]) == (False, [])
    assert (await desk.count("addresses"), await desk.count("refresh_tokens")) == (0, 0)
    assert (await desk.log_in("ada@example.org")).status_code == 401
    revived = await desk.http.put(f"/api/users/{user_id}", json={"active": True}, headers=desk.admin)
    assert problem(revived)["code"] == "USER_DELETED"
    late = await desk.http.post(f"/api/users/{user_id}/addresses", json=ADDRESS, headers=mine)
    assert problem(late)["code"] == "USER_DELETED"
    assert (await desk.sign_up("ada@example.org")).status_code == 201


async def test_deactivating_ends_all_sessions(desk: Desk) -> None:
    user_id = await desk.user("ada@example.org")
    token = (await desk.session("ada@example.org"))["refresh_token"]

    await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)
    await desk.http.put(f"/api/users/{user_id}", json={"active": True}, headers=desk.admin)

    assert (await desk.refresh(token)).status_code == 401
    assert (await desk.log_in("ada@example.org")).status_code == 200


async def test_admins_page_through_users(desk: Desk) -> None:
    ids = [str(await desk.user(f"user{n}@example.org")) for n in range(5)]

    users = await read_pages(desk.http, "/api/users", headers=desk.admin)

    assert [user["user_id"] for user in users] == ids[::-1]
    found = await desk.http.get("/api/users?email=USER3@example.org", headers=desk.admin)
    assert [user["user_id"] for user in found.json()["items"]] == [ids[3]]
    both = await desk.http.get("/api/users?email=user3@example.org&role=driver", headers=desk.admin)
    assert both.json()["items"] == []
    for query in ("page_token=%00", "page_token=x", "page_size=-1", "role=king", "email=x"):
        assert (await desk.http.get(f"/api/users?{query}", headers=desk.admin)).status_code == 400


async def test_an_address_is_kept_changed_and_deleted(desk: Desk) -> None:
    user_id = await desk.user()
    mine, path = desk.auth(user_id), f"/api/users/{user_id}/addresses"

    added = await desk.http.post(path, json={**ADDRESS, "country": "de"}, headers=mine)

    address = added.json()
    assert added.status_code == 201
    assert (address["country"], address["type"], address["line2"]) == ("DE", "SHIPPING", "")
    one = f"{path}/{address['address_id']}"
    assert (await desk.http.get(one, headers=mine)).json() == address
    body = {**ADDRESS, "line1": "Hauptstr. 2", "type": "BILLING"}
    changed = (await desk.http.put(one, json=body, headers=mine)).json()
    assert changed == {**address, "line1": "Hauptstr. 2", "type": "BILLING"}
    assert (await desk.http.get(path, headers=mine)).json() == {"items": [changed], "next_page_token": ""}
    assert (await desk.http.delete(one, headers=mine)).status_code == 204
    assert problem(await desk.http.get(one, headers=mine))["code"] == "ADDRESS_NOT_FOUND"
    assert problem(await desk.http.put(one, json=body, headers=mine))["code"] == "ADDRESS_NOT_FOUND"
    assert (await desk.http.get(path, headers=mine)).json()["items"] == []


async def test_the_number_of_addresses_is_bounded_under_concurrency(desk: Desk) -> None:
    user_id = await desk.user()
    await desk.database.execute(
        "INSERT INTO addresses SELECT gen_random_uuid(), $1, 'a', '', 'b', '', '', 'DE', 'SHIPPING', now() "
        "FROM generate_series(1, $2)",
        user_id,
        MAX_ADDRESSES - 1,
    )
    path = f"/api/users/{user_id}/addresses"

    responses = await asyncio.gather(
        *(desk.http.post(path, json=ADDRESS, headers=desk.admin) for _ in range(3))
    )

    assert sorted(each.status_code for each in responses) == [201, 409, 409]
    assert await desk.count("addresses") == MAX_ADDRESSES


BAD_ADDRESSES: list[tuple[dict[str, Any], str]] = [
    ({"line1": ""}, "line1"),
    ({"line1": " "}, "line1"),
    ({"line1": "x" * 201}, "line1"),
    ({"line1": "a\x00"}, "line1"),
    ({"city": None}, "city"),
    ({"country": "XX"}, "country"),
    ({"country": "Germany"}, "country"),
    ({"postal_code": "1" * 21}, "postal_code"),
    ({"postal_code": 10115}, "postal_code"),
    ({"type": "HOME"}, "type"),
    ({"user_id": str(uuid4())}, "user_id"),
]


async def test_bad_addresses_are_refused_by_field(desk: Desk) -> None:
    user_id = await desk.user()

    for body, field in BAD_ADDRESSES:
        refused = await desk.http.post(
            f"/api/users/{user_id}/addresses", json={**ADDRESS, **body}, headers=desk.auth(user_id)
        )
        assert refused.status_code == 400, (body, refused.text)
        assert problem(refused)["errors"][0]["field"] == field, refused.text
    assert await desk.count("addresses") == 0


NOT_FOR_OTHERS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/api/users", None),
    ("GET", "/api/roles", None),
    ("GET", "/api/users/{user}", None),
    ("PUT", "/api/users/{user}", {"display_name": "Eve"}),
    ("PUT", "/api/users/{user}/password", {"old_password": "correct horse", "new_password": "eve was here"}),
    ("DELETE", "/api/users/{user}", None),
    ("POST", "/api/users/{user}/addresses", ADDRESS),
    ("GET", "/api/users/{user}/addresses", None),
    ("GET", "/api/users/{user}/addresses/{address}", None),
    ("PUT", "/api/users/{user}/addresses/{address}", {**ADDRESS, "city": "Evetown"}),
    ("DELETE", "/api/users/{user}/addresses/{address}", None),
]


async def test_others_see_and_change_nothing(desk: Desk) -> None:
    user_id = await desk.user()
    path = f"/api/users/{user_id}/addresses"
    address = (await desk.http.post(path, json=ADDRESS, headers=desk.auth(user_id))).json()
    tables = ("users", "addresses")
    before = [await desk.database.fetch(f"SELECT * FROM {table}") for table in tables]

    for method, template, body in NOT_FOR_OTHERS:
        url = template.format(user=user_id, address=address["address_id"])
        for headers, status in ((desk.auth(uuid4()), 403), ({}, 401), ({"authorization": "Bearer x"}, 401)):
            response = await desk.http.request(method, url, json=body, headers=headers)
            assert response.status_code == status, (method, url, response.text)

    assert [await desk.database.fetch(f"SELECT * FROM {table}") for table in tables] == before


async def test_an_address_is_not_reached_through_another_user(desk: Desk) -> None:
    owner, other = await desk.user(), await desk.user()
    path = f"/api/users/{owner}/addresses"
    address = (await desk.http.post(path, json=ADDRESS, headers=desk.auth(owner))).json()
    stolen = f"/api/users/{other}/addresses/{address['address_id']}"

    assert (await desk.http.get(stolen, headers=desk.auth(other))).status_code == 404
    assert (await desk.http.put(stolen, json=ADDRESS, headers=desk.auth(other))).status_code == 404
    await desk.http.delete(stolen, headers=desk.auth(other))
    assert await desk.count("addresses") == 1
