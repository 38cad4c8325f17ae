"""Limits: they stop the attacker, and the owner of an account gets in whatever strangers try."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from bunmart_user.domain.limits import Limit, counter
from bunmart_user.password_hashes import PasswordHashes

from tests.services.user.conftest import MAIL, NEW_PASSWORD, PASSWORD, Desk
from tests.support import problem, until

AT = "x-envoy-external-address"
"""The header that the edge writes."""


async def wrong(
    desk: Desk, address: str, times: int = 1, email: str = MAIL, more: dict[str, str] | None = None
) -> list[int]:
    """Somebody at an address tries wrong passwords, with more headers."""
    headers = {AT: address, **(more or {})}
    answers = [await desk.log_in(email, "wrong password", **headers) for _ in range(times)]
    return [each.status_code for each in answers]


def cheapen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make wrong passwords cost nothing, where a test needs a hundred of them."""

    async def verify(_: PasswordHashes, stored: str | None, password: str) -> bool:
        return stored is not None and password == PASSWORD

    monkeypatch.setattr(PasswordHashes, "verify", verify)


async def test_a_stranger_who_is_refused_does_not_lock_the_owner_out(desk: Desk) -> None:
    await desk.user(MAIL)

    assert await wrong(desk, "203.0.113.7", 11) == [401] * 10 + [429]

    refused = await desk.log_in(MAIL, **{AT: "203.0.113.7"})
    assert (refused.status_code, problem(refused)["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert (await desk.log_in(MAIL, **{AT: "198.51.100.1"})).status_code == 200


async def test_one_network_tries_no_hundred_accounts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen(desk, monkeypatch)
    await desk.user(MAIL)
    for number in range(Limit.NETWORK.most):
        assert await wrong(desk, "203.0.113.7", email=f"user{number}@example.org") == [401]

    assert await wrong(desk, "203.0.113.7", email="another@example.org") == [429]
    assert await wrong(desk, "203.0.113.8", email="another@example.org") == [401]


async def test_over_all_networks_an_account_has_a_hundred_tries_and_its_owner_still_gets_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheapen(desk, monkeypatch)
    await desk.user(MAIL)
    device = (await desk.session(MAIL))["device_token"]
    for number in range(Limit.ACCOUNT.most):
        assert await wrong(desk, f"203.0.{number}.7") == [401]

    stranger = await desk.log_in(MAIL, **{AT: "198.51.100.1"})
    known = await desk.log_in(MAIL, device=device, **{AT: "198.51.100.1"})
    assert (stranger.status_code, known.status_code) == (429, 200)
    assert known.json()["device_token"] is None

    token = await desk.ask_for_reset(MAIL)
    body = {"token": token, "new_password": PASSWORD}
    confirmed = await desk.http.post("/api/auth/password-reset/confirm", json=body)
    cookie = {"cookie": confirmed.headers["set-cookie"].partition(";")[0]}
    assert (await desk.log_in(MAIL, **{AT: "192.0.2.1"}, **cookie)).status_code == 200
    assert (await desk.log_in(MAIL, device=device, **{AT: "192.0.2.1"})).status_code == 429


async def test_a_known_device_has_ten_tries_of_its_own_and_only_for_its_owner(desk: Desk) -> None:
    await desk.user(MAIL)
    await desk.user("eve@example.org")
    device = (await desk.session(MAIL))["device_token"]
    foreign = (await desk.session("eve@example.org"))["device_token"]

    async def tries(token: str, count: int) -> list[int]:
        answers = [await desk.log_in(MAIL, "wrong password", device=token) for _ in range(count)]
        return [each.status_code for each in answers]

    assert await tries(device, 11) == [401] * 10 + [429]
    assert await desk.failures(MAIL) == 0
    await tries(foreign, 2)
    assert await desk.failures(MAIL) == 2
    assert (await desk.log_in(MAIL)).status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("", "no address", True),
    ],
)
async def test_a_network_is_an_ipv4_address_or_the_half_of_an_ipv6_one(
    desk: Desk, first: str, second: str, same: bool
) -> None:
    assert await wrong(desk, first, 10) == [401] * 10
    assert await wrong(desk, second) == ([429] if same else [401])


async def test_a_client_does_not_choose_its_address(desk: Desk) -> None:
    for number in range(10):
        forwarded = {"x-forwarded-for": f"198.51.100.{number}", "forwarded": f"for=192.0.2.{number}"}
        assert await wrong(desk, "203.0.113.7", more=forwarded) == [401]

    assert await wrong(desk, "203.0.113.7", more={"x-forwarded-for": "8.8.8.8"}) == [429]


async def test_sign_ups_and_resets_of_one_network_are_limited(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limit.SIGN_UP, "_value_", ("sign-up", 2))
    monkeypatch.setattr(Limit.RESET, "_value_", ("reset", 2))
    body = {"password": PASSWORD, "display_name": "Ada"}

    async def sign_up(number: int, address: str) -> httpx.Response:
        account = {**body, "email": f"user{number}@example.org"}
        return await desk.http.post("/api/users", json=account, headers={AT: address})

    async def reset(address: str) -> int:
        asked = {"email": "nobody@example.org"}
        answer = await desk.http.post("/api/auth/password-reset", json=asked, headers={AT: address})
        return answer.status_code

    signed_up = [await sign_up(number, "203.0.113.7") for number in range(3)]
    assert [each.status_code for each in signed_up] == [201, 201, 429]
    assert int(signed_up[2].headers["retry-after"]) > 0
    assert (await sign_up(4, "198.51.100.1")).status_code == 201
    assert await desk.count("users") == 3
    assert [await reset("203.0.113.7") for _ in range(3)] == [202, 202, 429]
    assert await reset("198.51.100.1") == 202


async def test_a_full_queue_sheds_and_other_requests_do_not_wait(
    start_desk: Callable[..., Awaitable[Desk]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await start_desk(password_places=8, password_workers=1)
    user_id = await desk.user(MAIL)
    device = (await desk.session(MAIL))["device_token"]
    go_on = threading.Event()
    slow = PasswordHashes.matches

    def matches(hashes: PasswordHashes, stored: str, password: str) -> bool:
        go_on.wait(30)
        return slow(hashes, stored, password)

    monkeypatch.setattr(PasswordHashes, "matches", matches)
    addresses = ["203.0.113.7"] * 6 + [f"198.51.100.{number}" for number in range(6)]

    async def log_in(address: str, **named: Any) -> httpx.Response:
        body = {"email": MAIL, "password": PASSWORD, **named}
        return await desk.http.post("/api/auth/login", json=body, headers={AT: address})

    waiting = [asyncio.create_task(log_in(each)) for each in addresses]
    shed = []
    for finished in asyncio.as_completed(waiting):
        shed.append(await finished)
        if len(shed) == 6:
            break

    # Half of the places is the most for one network, three quarters for strangers; the rest is for the owner.
    assert {(each.status_code, problem(each)["code"]) for each in shed} == {(429, "PASSWORD_QUEUE_FULL")}
    assert {each.headers["retry-after"] for each in shed} == {"2"}
    owner = asyncio.create_task(log_in("192.0.2.1", device_token=device))
    read = await desk.http.get(f"/api/users/{user_id}", headers=desk.auth(user_id))
    assert (read.status_code, owner.done()) == (200, False)
    go_on.set()
    assert (await owner).status_code == 200
    answers = [await each for each in waiting]
    assert [each.status_code for each in answers].count(200) == 6


async def test_passwords_from_one_network_do_not_make_another_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.user(MAIL)
    go_on = threading.Event()
    slow = PasswordHashes.matches

    def matches(hashes: PasswordHashes, stored: str, password: str) -> bool:
        if password != PASSWORD:
            go_on.wait(30)
        return slow(hashes, stored, password)

    monkeypatch.setattr(PasswordHashes, "matches", matches)
    attack = [asyncio.create_task(wrong(desk, "203.0.113.7")) for _ in range(5)]
    key = counter(Limit.PAIR, MAIL, "203.0.113.7").key
    await until(lambda: desk.database.fetchrow("SELECT 1 FROM attempts WHERE key = $1", key))

    assert (await desk.log_in(MAIL, **{AT: "198.51.100.1"})).status_code == 200

    assert not any(each.done() for each in attack)
    go_on.set()
    assert [await each for each in attack] == [[401]] * 5


async def test_an_unknown_account_costs_a_hash_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.user(MAIL)
    computed: list[str] = []
    matches = PasswordHashes.matches

    def watched(hashes: PasswordHashes, stored: str, password: str) -> bool:
        computed.append(stored.rsplit("$", 2)[0])
        return matches(hashes, stored, password)

    monkeypatch.setattr(PasswordHashes, "matches", watched)

    await desk.log_in(MAIL, "wrong password")
    await desk.log_in("nobody@example.org", "wrong password")

    assert len(computed) == 2
    assert computed[0] == computed[1]


async def test_a_password_that_is_guessed_first_is_refused_wherever_one_is_set(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    before = await desk.row(user_id)

    signed_up = await desk.sign_up("bob@example.org", password="password123")
    changed = await desk.change_password(user_id, PASSWORD, "qwertyuiop")
    reset = await desk.confirm_reset(await desk.ask_for_reset(MAIL), "iloveyou12")

    assert (signed_up.status_code, changed.status_code, reset) == (400, 400, 400)
    assert problem(signed_up)["errors"][0]["field"] == "password"
    assert problem(changed)["errors"][0]["field"] == "new_password"
    assert (await desk.row(user_id), await desk.count("users")) == (before, 1)
    assert (await desk.change_password(user_id, PASSWORD, NEW_PASSWORD)).status_code == 204


async def test_the_cookie_of_a_device_is_not_for_scripts_and_does_as_the_field(desk: Desk) -> None:
    await desk.user(MAIL)
    first = await desk.log_in(MAIL)
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/api" in cookie

    again = await desk.log_in(MAIL, cookie=cookie.partition(";")[0])

    assert (again.json()["device_token"], "set-cookie" in again.headers) == (None, False)
    assert await desk.count("devices") == 1
    stored = await desk.database.fetch("SELECT * FROM devices")
    assert first.json()["device_token"] not in str(stored)


async def test_no_more_than_twenty_devices_are_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheapen(desk, monkeypatch)
    await desk.user(MAIL)
    devices = [(await desk.session(MAIL))["device_token"] for _ in range(21)]

    assert await desk.count("devices") == 20
    assert (await desk.log_in(MAIL, device=devices[-1])).json()["device_token"] is None
    assert (await desk.log_in(MAIL, device=devices[0])).json()["device_token"] is not None
