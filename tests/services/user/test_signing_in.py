"""Sessions: access tokens, rotating refresh tokens, wrong passwords, password resets."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import jwt
import pytest
from bunmart_user import domain
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.services.user.conftest import PASSWORD, Desk, write_key
from tests.support import FakePeers, StartService, Tokens, problem

MAIL = "ada@example.org"


async def test_the_access_token_is_verified_with_the_published_keys(desk: Desk) -> None:
    user_id = await desk.user(MAIL)

    grant = await desk.session("ADA@example.org")

    assert (grant["token_type"], grant["expires_in"], grant["user_id"]) == ("Bearer", 900, str(user_id))
    published = await desk.http.get("/.well-known/jwks.json")
    assert published.headers["cache-control"] == "max-age=60"
    [jwk] = published.json()["keys"]
    assert (jwk["kid"], jwk["alg"], "d" in jwk) == (desk.tokens.key_id, "ES256", False)
    assert jwt.get_unverified_header(grant["access_token"])["kid"] == jwk["kid"]
    claims = jwt.decode(
        grant["access_token"],
        jwt.PyJWK(jwk).key,
        algorithms=["ES256"],
        issuer="https://bunmart.local",
        audience="bunmart-api",
    )
    assert (claims["sub"], claims["roles"]) == (str(user_id), ["customer"])
    assert claims["exp"] - claims["iat"] == 900
    assert claims["jti"]
    me = await desk.http.get("/api/auth/me", headers={"authorization": f"Bearer {grant['access_token']}"})
    assert me.json()["email"] == MAIL


async def test_a_new_key_signs_without_a_restart(
    start_service: StartService, peers: FakePeers, tmp_path: Path
) -> None:
    tokens = Tokens(tmp_path / "jwks.json")
    write_key(tokens, tmp_path / "keys")
    desk = Desk(
        await start_service("user", jwt_signing_keys=tmp_path / "keys", jwks_file=tokens.jwks_file),
        peers,
        tokens,
    )
    await desk.user(MAIL)
    before = (await desk.session(MAIL))["access_token"]

    tokens.rotate("test-2")
    write_key(tokens, tmp_path / "keys")
    after = (await desk.session(MAIL))["access_token"]

    assert [jwt.get_unverified_header(each)["kid"] for each in (before, after)] == ["test-1", "test-2"]
    for token in (before, after):
        me = await desk.http.get("/api/auth/me", headers={"authorization": f"Bearer {token}"})
        assert me.status_code == 200
    assert len((await desk.http.get("/.well-known/jwks.json")).json()["keys"]) == 2


async def test_without_a_key_nobody_signs_in(
    start_desk: Callable[..., Awaitable[Desk]], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "bad.pem").write_text("not a key")
    desk = await start_desk(jwt_signing_keys=tmp_path / "empty")
    await desk.user(MAIL)

    refused = await desk.log_in(MAIL)

    assert (refused.status_code, problem(refused)["code"]) == (503, "SIGNING_KEY_MISSING")


async def test_a_public_key_is_published_before_it_signs(
    start_service: StartService, peers: FakePeers, tmp_path: Path
) -> None:
    tokens = Tokens(tmp_path / "jwks.json")
    write_key(tokens, tmp_path / "keys")
    service = await start_service("user", jwt_signing_keys=tmp_path / "keys", jwks_file=tokens.jwks_file)
    desk = Desk(service, peers, tokens)
    await desk.user(MAIL)

    tokens.rotate("test-2")
    published = (await desk.http.get("/.well-known/jwks.json")).json()["keys"]
    session = (await desk.session(MAIL))["access_token"]

    assert [each["kid"] for each in published] == ["test-1", "test-2"]
    assert published == json.loads(tokens.jwks_file.read_text())["keys"]
    assert jwt.get_unverified_header(session)["kid"] == "test-1"


@pytest.mark.parametrize("broken", ["", "[]", '{"keys": 1}', '{"keys": []}', "\xff"])
async def test_a_broken_file_of_public_keys_takes_no_published_key_back(
    start_service: StartService, peers: FakePeers, tmp_path: Path, broken: str
) -> None:
    tokens = Tokens(tmp_path / "jwks.json")
    write_key(tokens, tmp_path / "keys")
    service = await start_service("user", jwt_signing_keys=tmp_path / "keys", jwks_file=tokens.jwks_file)
    desk = Desk(service, peers, tokens)
    tokens.rotate("test-2")
    before = (await desk.http.get("/.well-known/jwks.json")).json()

    tokens.jwks_file.write_bytes(broken.encode("latin-1"))

    assert (await desk.http.get("/.well-known/jwks.json")).json() == before


async def test_a_private_key_in_the_file_of_public_keys_is_not_published(
    start_service: StartService, peers: FakePeers, tmp_path: Path
) -> None:
    tokens = Tokens(tmp_path / "jwks.json")
    write_key(tokens, tmp_path / "keys")
    private = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    tokens.jwks_file.write_text(json.dumps({"keys": [{**private, "kid": "secret"}]}))

    service = await start_service("user", jwt_signing_keys=tmp_path / "keys", jwks_file=tokens.jwks_file)
    published = (await Desk(service, peers, tokens).http.get("/.well-known/jwks.json")).json()["keys"]

    assert [each["kid"] for each in published] == ["test-1"]


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
        for _ in range(domain.MAX_FAILURES):
            assert (await desk.log_in(address, "wrong password")).status_code == 401
        refused = await desk.log_in(address)
        assert (refused.status_code, problem(refused)["code"]) == (429, "TOO_MANY_ATTEMPTS")
        assert 0 < int(problem(refused)["metadata"]["retry_after_seconds"]) <= 600

    await desk.database.execute("UPDATE login_failures SET started_at = now() - interval '11 minutes'")

    assert (await desk.log_in(MAIL)).status_code == 200
    assert (await desk.log_in(MAIL, "wrong password")).status_code == 401
    assert await desk.count("login_failures") == 2


async def test_simultaneous_guesses_are_bounded(desk: Desk) -> None:
    await desk.user(MAIL)

    responses = await asyncio.gather(*(desk.log_in(MAIL, f"guess number {n}") for n in range(30)))

    checked = [each for each in responses if each.status_code == 401]
    assert domain.MAX_FAILURES <= len(checked) <= domain.MAX_FAILURES + 4
    assert {each.status_code for each in responses} == {401, 429}


async def test_signing_in_forgets_wrong_passwords(desk: Desk) -> None:
    await desk.user(MAIL)
    for _ in range(5):
        await desk.log_in(MAIL, "wrong password")

    await desk.session(MAIL)

    assert await desk.count("login_failures") == 0


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


async def test_a_token_that_is_used_twice_ends_the_session(desk: Desk) -> None:
    await desk.user(MAIL)
    other = await desk.session(MAIL)
    first = await desk.session(MAIL)
    second = (await desk.refresh(first["refresh_token"])).json()

    reused = await desk.refresh(first["refresh_token"])

    assert (reused.status_code, problem(reused)["code"]) == (401, "REFRESH_TOKEN_REUSED")
    ended = await desk.refresh(second["refresh_token"])
    assert problem(ended)["code"] == "REFRESH_TOKEN_INVALID"
    assert (await desk.refresh(other["refresh_token"])).status_code == 200


async def test_of_simultaneous_refreshes_one_wins(desk: Desk) -> None:
    await desk.user(MAIL)
    token = (await desk.session(MAIL))["refresh_token"]

    responses = await asyncio.gather(*(desk.refresh(token) for _ in range(4)))

    assert sorted(each.status_code for each in responses) == [200, 401, 401, 401]


async def test_signing_out_ends_the_session(desk: Desk) -> None:
    await desk.user(MAIL)
    first = await desk.session(MAIL)
    second = (await desk.refresh(first["refresh_token"])).json()

    for token in (first["refresh_token"], "unknown"):
        response = await desk.http.post("/api/auth/logout", json={"refresh_token": token})
        assert response.status_code == 204

    assert (await desk.refresh(second["refresh_token"])).status_code == 401


async def test_an_expired_refresh_token_is_refused_and_forgotten(desk: Desk) -> None:
    await desk.user(MAIL)
    token = (await desk.session(MAIL))["refresh_token"]
    await desk.database.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")

    assert problem(await desk.refresh(token))["code"] == "REFRESH_TOKEN_INVALID"
    users = desk.service.service._parts.dependencies["users"]
    await users.delete_old()  # type: ignore[attr-defined]
    assert await desk.count("refresh_tokens") == 0


async def test_tokens_are_never_in_the_database(desk: Desk) -> None:
    await desk.user(MAIL)

    response = await desk.log_in(MAIL, **{"idempotency-key": "k"})
    again = await desk.log_in(MAIL, **{"idempotency-key": "k"})

    assert response.json()["refresh_token"] != again.json()["refresh_token"]
    assert await desk.count("idempotency_keys") == 0
    rows = str(await desk.database.fetch("SELECT * FROM refresh_tokens"))
    assert response.json()["refresh_token"] not in rows


async def test_a_new_password_ends_all_sessions(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    token = (await desk.session(MAIL))["refresh_token"]
    path, mine = f"/api/users/{user_id}/password", desk.auth(user_id)
    wrong = await desk.http.put(
        path, json={"old_password": "x", "new_password": "battery staple"}, headers=mine
    )
    assert (wrong.status_code, problem(wrong)["errors"][0]["field"]) == (400, "old_password")
    body = {"old_password": PASSWORD, "new_password": "battery staple"}
    assert (await desk.http.put(path, json=body, headers=desk.admin)).status_code == 403
    assert (await desk.log_in(MAIL)).status_code == 200

    response = await desk.http.put(path, json=body, headers={**mine, "idempotency-key": "k"})

    assert response.status_code == 204
    assert await desk.count("idempotency_keys") == 0
    assert (await desk.refresh(token)).status_code == 401
    assert (await desk.log_in(MAIL)).status_code == 401
    assert (await desk.log_in(MAIL, "battery staple")).status_code == 200


async def ask_for_reset(desk: Desk, email: str = MAIL) -> None:
    response = await desk.http.post("/api/auth/password-reset", json={"email": email})
    assert response.status_code == 202
    await desk.service.settle()


async def confirm(desk: Desk, token: str, password: str = "battery staple") -> int:
    body = {"token": token, "new_password": password}
    return (await desk.http.post("/api/auth/password-reset/confirm", json=body)).status_code


async def test_a_forgotten_password_is_reset_by_mail(desk: Desk) -> None:
    await desk.user(MAIL)
    session = await desk.session(MAIL)
    for _ in range(domain.MAX_FAILURES):
        await desk.log_in(MAIL, "wrong password")

    await ask_for_reset(desk)

    [request] = [r for r in desk.peers.requests("SendNotification") if r.template_id == "password_reset"]
    token = request.template_data["token"]
    assert request.template_data["url"] == f"http://127.0.0.1:8080/reset-password#token={token}"
    assert token not in str(await desk.database.fetch("SELECT hash FROM password_resets"))
    assert await confirm(desk, token, "short") == 400
    codes = await asyncio.gather(confirm(desk, token), confirm(desk, token))
    assert sorted(codes) == [204, 400]
    assert await confirm(desk, token, "yet another one") == 400
    assert (await desk.refresh(session["refresh_token"])).status_code == 401
    assert (await desk.log_in(MAIL, "battery staple")).status_code == 200


async def test_an_expired_reset_is_refused(desk: Desk) -> None:
    await desk.user(MAIL)
    await ask_for_reset(desk)
    token = desk.peers.requests("SendNotification")[-1].template_data["token"]
    await desk.database.execute("UPDATE password_resets SET expires_at = now() - interval '1 second'")

    assert await confirm(desk, token) == 400
    assert (await desk.log_in(MAIL)).status_code == 200


async def test_nobody_learns_who_has_an_account_nor_is_flooded(desk: Desk) -> None:
    await desk.user(MAIL)
    for address in (MAIL, MAIL, "nobody@example.org"):
        await ask_for_reset(desk, address)

    sent = [r.template_id for r in desk.peers.requests("SendNotification")]
    assert sent.count("password_reset") == 1


async def test_an_expired_token_does_not_keep_anybody_from_signing_in(desk: Desk, tokens: Tokens) -> None:
    await desk.sign_up(email=MAIL)
    stale = {"authorization": f"Bearer {tokens.token('customer', exp=1)}"}

    response = await desk.http.post(
        "/api/auth/login", json={"email": MAIL, "password": PASSWORD}, headers=stale
    )
    refused = await desk.http.get("/api/auth/me", headers=stale)

    assert (response.status_code, refused.status_code) == (200, 401)
