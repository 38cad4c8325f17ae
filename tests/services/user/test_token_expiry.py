"""Tokens expire, and are ended earlier: by a second use, above all."""

from bunmart_user.service import Users

from tests.services.user.conftest import MAIL, PASSWORD, Desk
from tests.support import Tokens, problem


async def test_a_refresh_token_rotates(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    first = await desk.session(MAIL)
    promoted = await desk.http.put(f"/api/users/{user_id}", json={"roles": ["driver"]}, headers=desk.admin)
    assert promoted.status_code == 200

    second = (await desk.refresh(first["refresh_token"])).json()
    third = await desk.refresh(second["refresh_token"])

    assert second["roles"] == ["driver"]
    assert third.status_code == 200
    assert third.headers["cache-control"] == "no-store"


async def test_a_token_that_is_used_again_later_ends_the_session(desk: Desk) -> None:
    await desk.user(MAIL)
    other = await desk.session(MAIL)
    first = await desk.session(MAIL)
    second = (await desk.refresh(first["refresh_token"])).json()
    await desk.end_grace()

    reused = await desk.refresh(first["refresh_token"])

    assert (reused.status_code, problem(reused)["code"]) == (401, "REFRESH_TOKEN_REUSED")
    ended = await desk.refresh(second["refresh_token"])
    assert problem(ended)["code"] == "REFRESH_TOKEN_INVALID"
    assert (await desk.refresh(other["refresh_token"])).status_code == 200


async def test_a_key_does_not_make_a_late_second_use_a_repeat(desk: Desk) -> None:
    await desk.user(MAIL)
    token = (await desk.session(MAIL))["refresh_token"]
    key = {"idempotency-key": "k"}

    first = await desk.refresh(token, **key)
    await desk.end_grace()
    second = await desk.refresh(token, **key)

    assert (first.status_code, problem(second)["code"]) == (200, "REFRESH_TOKEN_REUSED")
    assert problem(await desk.refresh(first.json()["refresh_token"]))["code"] == "REFRESH_TOKEN_INVALID"
    assert await desk.count("idempotency_keys") == 0


async def test_an_expired_refresh_token_is_refused_and_forgotten(desk: Desk) -> None:
    await desk.user(MAIL)
    token = (await desk.session(MAIL))["refresh_token"]
    await desk.database.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")

    assert problem(await desk.refresh(token))["code"] == "REFRESH_TOKEN_INVALID"
    await desk.service.use_cases(Users).delete_expired()
    assert await desk.count("refresh_tokens") == 0


async def test_an_expired_reset_is_refused(desk: Desk) -> None:
    await desk.user(MAIL)
    token = await desk.ask_for_reset(MAIL)
    await desk.database.execute("UPDATE password_resets SET expires_at = now() - interval '1 second'")

    assert await desk.confirm_reset(token) == 400
    assert (await desk.log_in(MAIL)).status_code == 200


async def test_an_expired_token_does_not_keep_anybody_from_signing_in(desk: Desk, tokens: Tokens) -> None:
    await desk.sign_up(email=MAIL)
    stale = {"authorization": f"Bearer {tokens.token('customer', exp=1)}"}

    response = await desk.http.post(
        "/api/auth/login", json={"email": MAIL, "password": PASSWORD}, headers=stale
    )
    refused = await desk.http.get("/api/auth/me", headers=stale)

    assert (response.status_code, refused.status_code) == (200, 401)
