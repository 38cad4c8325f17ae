"""A new password: with the old one, or with the link of a mail."""

import asyncio
from typing import Any

import argon2
import grpc
import pytest
from bunmart_user.domain.limits import Limit
from bunmart_user.password_hashes import PasswordHashes

from tests.services.user.conftest import MAIL, NEW_PASSWORD, PASSWORD, Desk
from tests.support import problem

MAX_FAILURES = Limit.PAIR.most


async def test_a_new_password_ends_all_sessions(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    token = (await desk.session(MAIL))["refresh_token"]
    path, mine = f"/api/users/{user_id}/password", desk.auth(user_id)
    wrong = await desk.http.put(path, json={"old_password": "x", "new_password": NEW_PASSWORD}, headers=mine)
    assert (wrong.status_code, problem(wrong)["errors"][0]["field"]) == (400, "old_password")
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await desk.http.put(path, json=body, headers=desk.admin)).status_code == 403
    assert (await desk.log_in(MAIL)).status_code == 200

    response = await desk.http.put(path, json=body, headers={**mine, "idempotency-key": "k"})

    assert response.status_code == 204
    assert await desk.count("idempotency_keys") == 0
    assert (await desk.refresh(token)).status_code == 401
    assert (await desk.log_in(MAIL)).status_code == 401
    assert (await desk.log_in(MAIL, NEW_PASSWORD)).status_code == 200


async def test_a_forgotten_password_is_reset_by_mail(desk: Desk) -> None:
    await desk.user(MAIL)
    session = await desk.session(MAIL)
    for _ in range(MAX_FAILURES):
        await desk.log_in(MAIL, "wrong password")

    await desk.ask_for_reset(MAIL)

    [request] = [r for r in desk.peers.requests("SendNotification") if r.template_id == "password_reset"]
    [token] = desk.reset_links()
    assert request.template_data["url"] == f"http://127.0.0.1:8080/reset-password#token={token}"
    assert token not in str(await desk.database.fetch("SELECT hash FROM password_resets"))
    assert await desk.confirm_reset(token, "short") == 400
    codes = await asyncio.gather(desk.confirm_reset(token), desk.confirm_reset(token))
    assert sorted(codes) == [204, 400]
    assert await desk.confirm_reset(token, "yet another one") == 400
    assert (await desk.refresh(session["refresh_token"])).status_code == 401
    assert (await desk.log_in(MAIL, NEW_PASSWORD)).status_code == 200


async def test_nobody_learns_who_has_an_account_nor_is_flooded(desk: Desk) -> None:
    await desk.user(MAIL)
    for address in (MAIL, MAIL, "nobody@example.org"):
        await desk.ask_for_reset(address)

    sent = [r.template_id for r in desk.peers.requests("SendNotification")]
    assert sent.count("password_reset") == 1


async def test_a_wrong_old_password_is_counted_although_the_call_is_refused(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    before = await desk.row(user_id)

    for _ in range(MAX_FAILURES):
        assert (await desk.change_password(user_id, "wrong password", NEW_PASSWORD)).status_code == 400

    refused = await desk.change_password(user_id, PASSWORD, NEW_PASSWORD)
    assert (refused.status_code, problem(refused)["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert await desk.failures(MAIL) == MAX_FAILURES
    assert await desk.row(user_id) == before


async def test_of_simultaneous_new_passwords_one_is_set(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    wanted = ["first password", "other password"]

    responses = await asyncio.gather(*(desk.change_password(user_id, PASSWORD, each) for each in wanted))

    # The one that comes late finds the password changed, or the old one wrong.
    assert sorted(each.status_code for each in responses) in ([204, 409], [204, 400])
    signed_in = [(await desk.log_in(MAIL, each)).status_code for each in wanted]
    assert signed_in == [200 if each.status_code == 204 else 401 for each in responses]


async def test_a_refused_reset_changes_nothing_and_its_link_stays_good(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    session = await desk.session(MAIL)
    await desk.log_in(MAIL, "wrong password")
    token = await desk.ask_for_reset(MAIL)
    before = await desk.row(user_id)

    refused = [await desk.confirm_reset(token, MAIL), await desk.confirm_reset("unknown")]

    assert refused == [400, 400]
    assert (await desk.row(user_id), await desk.failures(MAIL)) == (before, 1)
    assert (await desk.refresh(session["refresh_token"])).status_code == 200
    assert await desk.confirm_reset(token) == 204
    assert await desk.failures(MAIL) == 0


async def test_a_mail_that_is_sent_again_has_a_link_that_works(desk: Desk) -> None:
    await desk.user(MAIL)
    await desk.service.settle()
    desk.peers.fail("SendNotification", grpc.StatusCode.UNAVAILABLE, times=1)

    token = await desk.ask_for_reset(MAIL)

    first, second = desk.reset_links()
    assert second == token
    assert await desk.confirm_reset(first) == 400
    assert await desk.confirm_reset(token) == 204


async def test_no_transaction_is_open_while_a_password_is_hashed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watch(name: str) -> None:
        compute = getattr(PasswordHashes, name)

        async def watched(hashes: PasswordHashes, *arguments: Any) -> Any:
            seen.append(name)
            await desk.database.fetch("SELECT 1")  # refused while a unit of work is open
            return await compute(hashes, *arguments)

        monkeypatch.setattr(PasswordHashes, name, watched)

    watch("hash")
    watch("verify")
    responses = await asyncio.gather(*(desk.sign_up(MAIL, key="once") for _ in range(3)))
    assert {each.status_code for each in responses} == {201}
    outdated = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await desk.database.execute("UPDATE users SET password_hash = $1", outdated)
    statuses = [
        (await desk.log_in(MAIL, "wrong password")).status_code,
        (await desk.log_in(MAIL)).status_code,
        (await desk.change_password(responses[0].json()["user_id"], PASSWORD, NEW_PASSWORD)).status_code,
        await desk.confirm_reset(await desk.ask_for_reset(MAIL), PASSWORD),
    ]

    assert statuses == [401, 200, 204, 204]
    assert (seen.count("hash"), seen.count("verify")) == (6, 5)
