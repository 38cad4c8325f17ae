"""Access tokens are signed with a key whose public half is published."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.services.user.conftest import MAIL, Desk, write_key
from tests.support import FakePeers, StartService, Tokens, problem


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


async def test_a_key_that_is_withdrawn_signs_nothing_and_is_not_published(
    start_service: StartService, peers: FakePeers, tmp_path: Path
) -> None:
    tokens = Tokens(tmp_path / "jwks.json")
    write_key(tokens, tmp_path / "keys")
    tokens.rotate("test-2")
    write_key(tokens, tmp_path / "keys")
    service = await start_service("user", jwt_signing_keys=tmp_path / "keys", jwks_file=tokens.jwks_file)
    desk = Desk(service, peers, tokens)
    await desk.user(MAIL)
    assert jwt.get_unverified_header((await desk.session(MAIL))["access_token"])["kid"] == "test-2"

    # Both private keys are still in the folder; the public half of the newer one leaves the file.
    tokens.jwks_file.write_text(json.dumps({"keys": [tokens.public_jwk("test-1")]}))

    assert jwt.get_unverified_header((await desk.session(MAIL))["access_token"])["kid"] == "test-1"
    published = (await desk.http.get("/.well-known/jwks.json")).json()["keys"]
    assert [each["kid"] for each in published] == ["test-1"]
    tokens.rotate("test-3", keep=False)
    refused = await desk.log_in(MAIL)
    assert (refused.status_code, problem(refused)["code"]) == (503, "SIGNING_KEY_MISSING")
