"""Making an account."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import grpc

from tests.services.user.conftest import ADMIN, PASSWORD, Desk
from tests.support import problem


async def test_a_new_customer_is_welcomed(desk: Desk) -> None:
    response = await desk.sign_up("Ada@Example.org", phone="+49 151 12345678")

    assert response.status_code == 201
    user = response.json()
    assert {name: user[name] for name in ("email", "phone", "roles", "active", "preferences", "version")} == {
        "email": "ada@example.org",
        "phone": "+4915112345678",
        "roles": ["customer"],
        "active": True,
        "preferences": {},
        "version": 1,
    }
    await desk.service.settle()
    [request] = desk.peers.requests("SendNotification")
    assert (request.user_id, request.template_id, request.channel) == (
        user["user_id"],
        "user_welcome",
        "EMAIL",
    )
    # Nobody knows whose address it is, so nothing that was typed in is mailed to it.
    assert dict(request.template_data) == {}


async def test_the_password_is_stored_as_argon2id_only(desk: Desk) -> None:
    user_id = await desk.user(key="k")

    row = await desk.row(user_id)

    assert row["password_hash"].startswith("$argon2id$")
    assert await desk.count("idempotency_keys") == 0
    assert PASSWORD not in str(await desk.database.fetch("SELECT payload FROM pgqueuer"))


async def test_an_address_has_one_account_whatever_its_case(desk: Desk) -> None:
    await desk.user("ada@example.org")

    refused = await desk.sign_up("ADA@example.ORG")

    assert (problem(refused)["code"], problem(refused)["errors"][0]["field"]) == ("EMAIL_TAKEN", "email")
    assert refused.status_code == 409
    assert await desk.count("users") == 1


async def test_of_simultaneous_sign_ups_one_wins(desk: Desk) -> None:
    responses = await asyncio.gather(*(desk.sign_up("ada@example.org") for _ in range(5)))

    assert sorted(each.status_code for each in responses) == [201, 409, 409, 409, 409]
    assert await desk.count("users") == 1
    await desk.service.settle()
    assert len(desk.peers.calls("SendNotification")) == 1


async def test_a_repeated_sign_up_returns_the_same_user(desk: Desk) -> None:
    responses = await asyncio.gather(*(desk.sign_up("ada@example.org", key="once") for _ in range(3)))
    later = await desk.sign_up("ada@example.org", key="once")

    assert {each.status_code for each in [*responses, later]} == {201}
    assert len({each.json()["user_id"] for each in [*responses, later]}) == 1
    assert await desk.count("users") == 1


async def test_a_repeated_sign_up_with_another_password_is_refused(desk: Desk) -> None:
    await desk.user("ada@example.org", key="once")

    assert (await desk.sign_up("ada@example.org", key="once", password="another one")).status_code == 409


BAD: list[tuple[dict[str, Any], str]] = [
    ({"email": "ada"}, "email"),
    ({"email": "ada@@example.org"}, "email"),
    ({"email": "a\x00da@example.org"}, "email"),
    ({"email": "x" * 250 + "@example.org"}, "email"),
    ({"email": 5}, "email"),
    ({"password": "short"}, "password"),
    ({"password": "x" * 129}, "password"),
    ({"password": 1234567890}, "password"),
    ({"display_name": ""}, "display_name"),
    ({"display_name": "   "}, "display_name"),
    ({"display_name": "a\x00"}, "display_name"),
    ({"display_name": "x" * 101}, "display_name"),
    ({"phone": "0151"}, "phone"),
    ({"roles": ["admin"]}, "roles"),
]


async def test_bad_sign_ups_are_refused_by_field(desk: Desk) -> None:
    for body, field in BAD:
        refused = await desk.sign_up(**{"email": "ada@example.org", **body})

        assert refused.status_code == 400, (body, refused.text)
        assert problem(refused)["errors"][0]["field"] == field, (body, refused.text)
    assert await desk.count("users") == 0


async def test_replicas_that_start_together_make_one_admin(
    start_desk: Callable[..., Awaitable[Desk]],
) -> None:
    bootstrap = {"bootstrap_admin_email": ADMIN["email"], "bootstrap_admin_password": ADMIN["password"]}
    first = await start_desk(**bootstrap)
    second = await start_desk(**bootstrap, database_url=first.service.url)

    assert await first.count("users") == 1
    assert (await second.session(**ADMIN))["roles"] == ["customer", "admin"]


async def test_the_welcome_waits_for_the_notification_service(desk: Desk) -> None:
    desk.peers.fail("SendNotification", grpc.StatusCode.UNAVAILABLE, times=2)

    await desk.user()
    await desk.service.settle()

    calls = desk.peers.calls("SendNotification")
    assert len(calls) == 3
    assert len({call.metadata["idempotency-key"] for call in calls}) == 1


async def test_an_unknown_user_is_not_found(desk: Desk) -> None:
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        response = await desk.http.request(method, f"/api/users/{UUID(int=7)}", headers=desk.admin, json=body)

        assert problem(response)["code"] == "USER_NOT_FOUND"
