"""Races of credentials: nothing that was made beside a change survives it, and nobody is signed out by luck."""

import asyncio
import itertools
from typing import Any
from uuid import UUID

import jwt
import pytest
from bunmart.user.v1.user_pb2 import CheckAccessRequest
from bunmart_user.outbox import SendPasswordReset
from bunmart_user.service import Users

from tests.services.user.conftest import PASSWORD, Desk
from tests.support.effort import effort

ROUNDS = effort(50)
parts = pytest.mark.parametrize("part", range(4))
"""Four times as many rounds, in tests that each end in time on a slow machine."""
_PASSWORDS = [PASSWORD, "battery staple"]


pytestmark = pytest.mark.usefixtures("cheap_hashes")


async def _is_active(desk: Desk, access_token: str) -> bool:
    claims = jwt.decode(access_token, options={"verify_signature": False})
    answer = await desk.stub.CheckAccess(
        CheckAccessRequest(user_id=claims["sub"], session_id=claims["sid"], credentials_version=claims["cv"])
    )
    return bool(answer.active)


async def _keep_refreshing(desk: Desk, token: str, stop: asyncio.Event) -> dict[str, Any]:
    """Refresh as fast as it goes, as a thief does; returns the last tokens that were given."""
    last: dict[str, Any] = {"refresh_token": token}
    while not stop.is_set():
        response = await desk.refresh(last["refresh_token"])
        if response.status_code != 200:
            break
        last = response.json()
    return last


async def _assert_dead(desk: Desk, grants: list[dict[str, Any]]) -> None:
    for each in grants:
        assert (await desk.refresh(each["refresh_token"])).status_code == 401
        if "access_token" in each:
            assert not await _is_active(desk, each["access_token"])


@parts
async def test_no_refresh_survives_a_new_password(desk: Desk, part: int) -> None:
    user_id = await desk.user("ada@example.org")
    for number in range(ROUNDS):
        old, new = _PASSWORDS[number % 2], _PASSWORDS[(number + 1) % 2]
        stolen = [await desk.session("ada@example.org", old) for _ in range(3)]
        stop = asyncio.Event()
        thieves = [
            asyncio.create_task(_keep_refreshing(desk, each["refresh_token"], stop)) for each in stolen
        ]
        await asyncio.sleep(0.001 * (number % 7))

        changed = await desk.change_password(user_id, old, new)

        stop.set()
        grants = await asyncio.gather(*thieves)
        assert changed.status_code == 204
        await _assert_dead(desk, [*stolen, *grants])


@parts
async def test_no_login_with_the_old_password_survives_a_new_one(desk: Desk, part: int) -> None:
    user_id = await desk.user("ada@example.org")
    for number in range(ROUNDS):
        old, new = _PASSWORDS[number % 2], _PASSWORDS[(number + 1) % 2]
        await desk.database.execute("DELETE FROM attempts")

        async def log_in(old: str = old, delay: float = 0.0) -> Any:
            await asyncio.sleep(delay)
            return await desk.log_in("ada@example.org", old)

        changed, *logins = await asyncio.gather(
            desk.change_password(user_id, old, new), *(log_in(delay=0.001 * n) for n in range(4))
        )

        assert changed.status_code == 204
        assert {each.status_code for each in logins} <= {200, 401}
        await _assert_dead(desk, [each.json() for each in logins if each.status_code == 200])


async def test_of_a_link_and_a_new_password_the_later_counts_and_no_older_link_is_good(desk: Desk) -> None:
    user_id = await desk.user("ada@example.org")
    asked = {"email": "ada@example.org"}
    for number in range(effort(60)):
        old, new = _PASSWORDS[number % 2], _PASSWORDS[(number + 1) % 2]
        await desk.database.execute("DELETE FROM attempts")
        await desk.database.execute("DELETE FROM password_resets")
        links = len(desk.reset_links())
        response = await desk.http.post("/api/auth/password-reset", json=asked)
        await asyncio.sleep(0.003 * (number % 5))

        # The job that mails the link runs beside the change, before it or after it.
        changed = await desk.change_password(user_id, old, new)

        assert (response.status_code, changed.status_code) == (202, 204)
        await desk.service.settle()
        for token in desk.reset_links()[links:]:
            assert await desk.confirm_reset(token, "yet another one") == 400


async def test_a_reset_mail_that_is_late_is_not_sent_for_older_credentials(desk: Desk) -> None:
    user_id = await desk.user("ada@example.org")
    await desk.service.settle()
    users = desk.service.use_cases(Users)
    job = reset_job(await version_of(desk, user_id))
    assert (await desk.change_password(user_id, *_PASSWORDS)).status_code == 204

    await users.send_password_reset(job)

    assert desk.reset_links() == []
    assert await desk.count("password_resets") == 0
    await users.send_password_reset(reset_job(await version_of(desk, user_id)))
    assert len(desk.reset_links()) == 1


def reset_job(version: int) -> SendPasswordReset:
    """The job that mails a link, as it was enqueued for a version."""
    return SendPasswordReset("ada@example.org", version)


async def version_of(desk: Desk, user_id: UUID) -> int:
    """The version of somebody's credentials."""
    return int((await desk.row(user_id))["credentials_version"])


@pytest.mark.parametrize("loss", [{"active": False}, {"roles": ["customer"]}, None])
async def test_no_token_that_was_made_beside_a_loss_of_rights_has_them(
    desk: Desk, loss: dict[str, Any] | None
) -> None:
    for number in range(effort(60)):
        email = f"user{number}@example.org"
        user_id = await desk.user(email)
        path = f"/api/users/{user_id}"
        await desk.http.put(path, json={"roles": ["customer", "kitchen"]}, headers=desk.admin)
        await desk.database.execute("DELETE FROM attempts")
        sessions = [await desk.session(email) for _ in range(2)]
        stop = asyncio.Event()
        tasks = [asyncio.create_task(_keep_refreshing(desk, s["refresh_token"], stop)) for s in sessions]
        logins = [asyncio.create_task(desk.log_in(email)) for _ in range(3)]
        await asyncio.sleep(0.001 * (number % 5))

        if loss is None:
            lost = await desk.http.delete(path, headers=desk.admin)
        else:
            lost = await desk.http.put(path, json=loss, headers=desk.admin)

        stop.set()
        grants = [*await asyncio.gather(*tasks)]
        grants += [r.json() for r in await asyncio.gather(*logins) if r.status_code == 200]
        assert lost.status_code in (200, 204)
        if loss is None or "active" in loss:
            await _assert_dead(desk, [*sessions, *grants])
        for each in grants:
            if "kitchen" in each.get("roles", ()):
                assert not await _is_active(desk, each["access_token"])


@parts
async def test_two_tabs_and_a_phone_that_repeats_share_one_chain(desk: Desk, part: int) -> None:
    await desk.user("ada@example.org")
    token = (await desk.session("ada@example.org"))["refresh_token"]
    for _ in range(ROUNDS):
        responses = await asyncio.gather(*(desk.refresh(token) for _ in range(3)))

        assert {each.status_code for each in responses} == {200}
        [successor] = {each.json()["refresh_token"] for each in responses}
        for each in responses:
            assert await _is_active(desk, each.json()["access_token"])
        repeated = await desk.refresh(token)
        assert repeated.json()["refresh_token"] == successor
        token = successor
    assert await desk.count("sessions") == 1
    living = await desk.database.fetch("SELECT 1 FROM refresh_tokens WHERE used_at IS NULL")
    assert len(living) == 1


@parts
async def test_ending_a_session_beside_its_refresh_ends_it(desk: Desk, part: int) -> None:
    user_id = await desk.user("ada@example.org")
    for number in range(ROUNDS):
        session = await desk.session("ada@example.org")
        stop = asyncio.Event()
        task = asyncio.create_task(_keep_refreshing(desk, session["refresh_token"], stop))
        await asyncio.sleep(0.001 * (number % 4))

        path = f"/api/users/{user_id}/sessions/{session['session_id']}"
        ended = await desk.http.delete(path, headers=desk.auth(user_id))

        stop.set()
        assert ended.status_code == 204
        await _assert_dead(desk, [session, await task])


async def test_parallel_logins_and_changes_of_many_users_do_not_deadlock(desk: Desk) -> None:
    ids = [await desk.user(f"user{number}@example.org") for number in range(4)]
    for user_id in ids:
        await desk.http.put(f"/api/users/{user_id}", json={"roles": ["admin"]}, headers=desk.admin)
    numbers = itertools.count()
    for _ in range(effort(40)):
        await desk.database.execute("DELETE FROM attempts")
        calls = []
        for number, user_id in enumerate(ids):
            roles = ["admin"] if next(numbers) % 3 else ["admin", "driver"]
            path = f"/api/users/{user_id}"
            calls.append(desk.http.put(path, json={"roles": roles}, headers=desk.admin))
            calls += [desk.log_in(f"user{number}@example.org") for _ in range(2)]

        responses = await asyncio.gather(*calls)

        # A change that came between the check of a password and its session wins; nothing else refuses.
        assert {each.status_code for each in responses} <= {200, 401}
