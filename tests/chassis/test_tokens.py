"""Access tokens over REST."""

import hmac
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import msgspec
import pytest
from bunmart_chassis.identity import LEEWAY_SECONDS, key_file
from bunmart_mesh.policy import load_policy
from bunmart_mesh.render.envoy.edge import EdgeOptions, _jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from tests.chassis.conftest import PACKAGE
from tests.support import ServiceHarness, StartService, Tokens, problem, until


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def signed_with_public_key(claims: dict[str, Any], tokens: Tokens) -> str:
    """HS256 with the public key as its secret: what a verifier accepts that believes the token's header."""
    public: Any = ECAlgorithm.from_jwk(json.dumps(tokens.public_jwk(tokens.key_id)))
    secret = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "JWT", "kid": tokens.key_id}
    parts = [base64url_encode(json.dumps(part).encode()) for part in (header, claims)]
    signature = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, base64url_encode(signature)]).decode()


async def test_a_valid_token_names_its_user(shared: ServiceHarness, tokens: Tokens) -> None:
    user = uuid4()

    for _ in range(2):
        answer = await shared.http.get("/api/lines/me", headers=tokens.auth("customer", user))
        assert (answer.status_code, answer.text) == (200, str(user))


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": int(time.time()) - LEEWAY_SECONDS - 1}, "TOKEN_EXPIRED"),
        ({"aud": "somebody-else"}, "UNAUTHENTICATED"),
        ({"iss": "https://evil.example"}, "UNAUTHENTICATED"),
        ({"sub": "root"}, "UNAUTHENTICATED"),
        ({"sub": None}, "UNAUTHENTICATED"),
        ({"exp": None}, "UNAUTHENTICATED"),
        ({"iat": int(time.time()) + 600}, "UNAUTHENTICATED"),
        ({"roles": 7}, "UNAUTHENTICATED"),
        ({"sid": "mine"}, "UNAUTHENTICATED"),
        ({"cv": "1"}, "UNAUTHENTICATED"),
        ({"roles": [["admin"]]}, "UNAUTHENTICATED"),
    ],
)
async def test_wrong_claims_are_refused(
    shared: ServiceHarness, tokens: Tokens, claims: dict[str, Any], code: str
) -> None:
    answer = await shared.http.get("/api/lines/me", headers=bearer(tokens.token(**claims)))

    body = problem(answer)
    assert (body["status"], body["code"]) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_clocks_may_differ_as_much_as_at_the_edge(shared: ServiceHarness, tokens: Tokens) -> None:
    now = int(time.time())
    # Half a minute of leeway; the test itself may take some seconds of it.
    ahead = tokens.token(iat=now + LEEWAY_SECONDS)
    late = tokens.token(iat=now - 900, exp=now - LEEWAY_SECONDS // 2)

    for token in (ahead, late, late):
        assert (await shared.http.get("/api/lines/me", headers=bearer(token))).status_code == 200
    edge = str(msgspec.to_builtins(_jwt(load_policy(), EdgeOptions())))
    assert f"'clock_skew_seconds': {LEEWAY_SECONDS}," in edge


async def test_forged_tokens_are_refused(shared: ServiceHarness, tokens: Tokens) -> None:
    claims = jwt.decode(tokens.token("admin"), options={"verify_signature": False})
    kid = {"kid": tokens.key_id}
    stranger = Tokens(tokens.jwks_file.with_name("stranger.json"))
    head, _, signature = tokens.token("customer").split(".")
    body = tokens.token("admin").split(".")[1]
    forged = [
        jwt.encode(claims, "", algorithm="none", headers=kid),
        signed_with_public_key(claims, tokens),
        stranger.token("admin"),
        tokens.token("admin")[:-6] + "AAAAAA",
        f"{head}.{body}.{signature}",
        jwt.encode(claims, stranger.private_key(), algorithm="ES256"),
        jwt.encode(claims, stranger.private_key(), algorithm="ES256", headers={"kid": "unknown"}),
        "not.a.token",
        "\xff",
    ]

    for token in forged:
        answer = await shared.http.get(
            "/api/lines/me", headers=[(b"authorization", f"Bearer {token}".encode("latin-1"))]
        )
        assert problem(answer)["status"] == 401, token


async def test_other_schemes_and_no_token_are_refused_where_a_person_is_needed(
    shared: ServiceHarness,
) -> None:
    basic = await shared.http.get("/api/lines/visitor", headers={"authorization": "Basic YTpi"})
    nobody = await shared.http.get("/api/lines/me")
    visitor = await shared.http.get("/api/lines/visitor")

    assert problem(basic)["status"] == problem(nobody)["status"] == 401
    assert visitor.json() is False


async def test_keys_rotate_without_a_restart(start_service: StartService, tmp_path: Path) -> None:
    keys = Tokens(tmp_path / "jwks.json")
    sample = await start_service(PACKAGE, jwks_file=keys.jwks_file)
    before = keys.token()
    assert (await sample.http.get("/api/lines/me", headers=bearer(before))).status_code == 200

    keys.rotate("test-2")
    after = await sample.http.get("/api/lines/me", headers=bearer(keys.token()))
    old = await sample.http.get("/api/lines/me", headers=bearer(before))
    assert (after.status_code, old.status_code) == (200, 200)

    unknown = {"kid": "unknown"}
    stranger = jwt.encode({"sub": "x"}, ec.generate_private_key(ec.SECP256R1()), "ES256", headers=unknown)
    for broken in ("{half a fi", "[]", '{"keys": [null]}'):
        keys.jwks_file.write_text(broken)
        known = await sample.http.get("/api/lines/me", headers=bearer(keys.token()))
        refused = await sample.http.get("/api/lines/me", headers=bearer(stranger))
        assert (known.status_code, refused.status_code) == (200, 401)
    keys.rotate("test-3", keep=False)
    newest = await sample.http.get("/api/lines/me", headers=bearer(keys.token()))
    withdrawn = await sample.http.get("/api/lines/me", headers=bearer(before))
    assert (newest.status_code, withdrawn.status_code) == (200, 401)


async def test_a_key_that_is_withdrawn_is_refused_without_a_restart(
    start_service: StartService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "LOOK_SECONDS", 0.05)
    keys = Tokens(tmp_path / "jwks.json")
    sample = await start_service(PACKAGE, jwks_file=keys.jwks_file)
    seen, fresh = keys.token(), keys.token(jti="fresh")
    assert (await sample.http.get("/api/lines/me", headers=bearer(seen))).status_code == 200

    keys.rotate("test-2", keep=False)

    async def refused() -> bool:
        answers = [await sample.http.get("/api/lines/me", headers=bearer(each)) for each in (seen, fresh)]
        return {each.status_code for each in answers} == {401}

    await until(refused)
    assert (await sample.http.get("/api/lines/me", headers=bearer(keys.token()))).status_code == 200


async def test_a_file_that_vanishes_or_breaks_keeps_the_keys_and_warns_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = Tokens(tmp_path / "jwks.json")
    keys = key_file.KeyFile(tokens.jwks_file)
    good = tokens.jwks_file.read_text()
    assert list(keys.keys()) == ["test-1"]

    tokens.jwks_file.unlink()
    assert [list(keys.keys(look=True)) for _ in range(3)] == [["test-1"]] * 3
    assert len(caplog.records) == 1
    tokens.jwks_file.write_text(good)
    assert list(keys.keys(look=True)) == ["test-1"]
    tokens.jwks_file.write_text("{half a fi")

    assert [list(keys.keys(look=True)) for _ in range(3)] == [["test-1"]] * 3
    assert len(caplog.records) == 2


async def test_roles_open_doors(shared: ServiceHarness, tokens: Tokens) -> None:
    async def status(role: str) -> int:
        answer = await shared.http.get("/api/lines/kitchen", headers=tokens.auth(role) if role else {})
        return answer.status_code

    assert [await status(role) for role in ("", "customer", "kitchen", "admin")] == [401, 403, 200, 200]
