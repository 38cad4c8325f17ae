"""Sessions: signing in, wrong passwords, signing out."""

import asyncio

from bunmart_user.domain.limits import Limit

from tests.services.user.conftest import MAIL, Desk
from tests.support import problem

MAX_FAILURES = Limit.PAIR.most


async def test_an_unknown_address_and_a_wrong_password_are_told_alike(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    wrong = await desk.log_in(MAIL, "wrong password")
    unknown = await desk.log_in("nobody@example.org")
    await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)
    inactive = await desk.log_in(MAIL)

    for refused in (wrong, unknown, inactive):
        assert refused.status_code == 401
        assert problem(refused)["code"] == "INVALID_CREDENTIALS"
        assert problem(refused)["detail"] == problem(wrong)["detail"]
    assert await desk.count("refresh_tokens") == 0


async def test_after_ten_wrong_passwords_the_account_waits(desk: Desk) -> None:
    await desk.user(MAIL)
    for address in (MAIL, "nobody@example.org"):
        for _ in range(MAX_FAILURES):
            assert (await desk.log_in(address, "wrong password")).status_code == 401
        refused = await desk.log_in(address)
        assert (refused.status_code, problem(refused)["code"]) == (429, "TOO_MANY_ATTEMPTS")
        assert 0 < int(problem(refused)["metadata"]["retry_after_seconds"]) <= 600
        assert refused.headers["retry-after"] == problem(refused)["metadata"]["retry_after_seconds"]

    await desk.database.execute("UPDATE attempts SET started_at = now() - interval '11 minutes'")

    assert (await desk.log_in(MAIL)).status_code == 200
    assert (await desk.log_in(MAIL, "wrong password")).status_code == 401
    assert await desk.failures(MAIL) == 1


async def test_a_wrong_password_is_counted_although_the_call_is_refused(desk: Desk) -> None:
    await desk.user(MAIL)

    for number in (1, 2):
        refused = await desk.log_in(MAIL, "wrong password", **{"idempotency-key": "k"})
        assert (refused.status_code, await desk.failures(MAIL)) == (401, number)


async def test_the_right_password_of_an_inactive_account_counts_like_a_wrong_one(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    await desk.log_in(MAIL, "wrong password")
    await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)

    assert (await desk.log_in(MAIL)).status_code == 401
    assert await desk.failures(MAIL) == 2


async def test_simultaneous_guesses_are_bounded(desk: Desk) -> None:
    await desk.user(MAIL)

    responses = await asyncio.gather(*(desk.log_in(MAIL, f"guess number {n}") for n in range(30)))

    checked = [each for each in responses if each.status_code == 401]
    assert len(checked) == MAX_FAILURES
    assert {each.status_code for each in responses} == {401, 429}


async def test_signing_in_forgets_wrong_passwords(desk: Desk) -> None:
    await desk.user(MAIL)
    for _ in range(5):
        await desk.log_in(MAIL, "wrong password")

    await desk.session(MAIL)

    assert await desk.failures(MAIL) == 0


async def test_signing_out_ends_the_session(desk: Desk) -> None:
    await desk.user(MAIL)
    first = await desk.session(MAIL)
    second = (await desk.refresh(first["refresh_token"])).json()

    for token in (first["refresh_token"], "unknown"):
        response = await desk.http.post("/api/auth/logout", json={"refresh_token": token})
        assert response.status_code == 204

    assert (await desk.refresh(second["refresh_token"])).status_code == 401


async def test_tokens_are_never_in_the_database(desk: Desk) -> None:
    await desk.user(MAIL)

    response = await desk.log_in(MAIL, **{"idempotency-key": "k"})
    again = await desk.log_in(MAIL, **{"idempotency-key": "k"})

    assert response.json()["refresh_token"] != again.json()["refresh_token"]
    assert await desk.count("idempotency_keys") == 0
    rows = str(await desk.database.fetch("SELECT * FROM refresh_tokens"))
    assert response.json()["refresh_token"] not in rows
