"""The secrets Job of a development cluster: values made once, and databases that fit them."""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("lightkube", reason="the Jobs need the extra `cluster` of bunmart-dev")

from bunmart_dev.cluster_secrets.__main__ import main
from bunmart_dev.postgres import Postgres, temporary

from tests.support.kubernetes_support import ApiRefusalError, FakeApiServer, Key, start

APP, OWN = "bunmart", "bunmart-dev"
SERVICES = ("order", "user")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with temporary() as server:
        yield server


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Postgres) -> Iterator[FakeApiServer]:
    api = FakeApiServer()
    make_empty(api, server)
    kubeconfig = tmp_path / "kubeconfig"
    running = start(api, kubeconfig, OWN)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    yield api
    running.shutdown()
    running.server_close()


def make_empty(api: FakeApiServer, server: Postgres) -> None:
    names = [f"{service}-database" for service in SERVICES]
    for name in (*names, "bunmart-jwt-keys", "payment-stripe", "user-admin"):
        api.add(APP, "secrets", name)
    api.add(APP, "configmaps", "bunmart-jwks")
    for name in ("postgres-admin", "stripe-emulator"):
        api.add(OWN, "secrets", name)
    # The server of the tests was there before its Secret.
    api.set_secret(OWN, "postgres-admin", {"password": server.password("postgres").encode()})


async def run(server: Postgres) -> int:
    return await asyncio.to_thread(main, [*command(f"127.0.0.1:{server.port}")])


def command(postgres: str, *more: str) -> list[str]:
    services = [f"--service={service}" for service in SERVICES]
    return ["--app-namespace", APP, "--postgres", postgres, *services, *more]


def url(api: FakeApiServer, service: str) -> str:
    return api.secret(APP, f"{service}-database")["url"].decode()


async def who_am_i(dsn: str) -> tuple[str, str]:
    connection = await asyncpg.connect(dsn)
    row = await connection.fetchrow("SELECT current_user, current_database()")
    await connection.close()
    assert row
    return row[0], row[1]


async def test_services_reach_their_own_databases_and_no_other(api: FakeApiServer, server: Postgres) -> None:
    assert await run(server) == 0

    for service in SERVICES:
        assert await who_am_i(url(api, service)) == (f"bunmart_{service}", f"bunmart_{service}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await who_am_i(url(api, "order").removesuffix("order") + "user")


async def test_tokens_of_the_signing_key_verify_with_the_published_one(
    api: FakeApiServer, server: Postgres
) -> None:
    await run(server)

    [(name, pem)] = api.secret(APP, "bunmart-jwt-keys").items()
    key_id = name.removesuffix(".pem")
    token = jwt.encode({"sub": "u1"}, pem, "ES256", {"kid": key_id})
    keys = jwt.PyJWKSet.from_json(api.config_map(APP, "bunmart-jwks")["jwks.json"])
    assert jwt.decode(token, keys[key_id], ["ES256"]) == {"sub": "u1"}


async def test_stripe_signs_with_what_payment_verifies(api: FakeApiServer, server: Postgres) -> None:
    await run(server)

    payment = api.secret(APP, "payment-stripe")
    assert payment["webhook-secret"].startswith(b"whsec_")
    assert payment["api-key"].startswith(b"sk_test_")
    assert api.secret(OWN, "stripe-emulator") == {"webhook-secret": payment["webhook-secret"]}
    admin = {"email": b"admin@bunmart.local", "password": b"bunmart-demo"}
    assert api.secret(APP, "user-admin") == admin


async def test_a_second_run_changes_nothing(
    api: FakeApiServer, server: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(server)
    before = dict(api.objects)
    capsys.readouterr()

    assert await run(server) == 0

    assert api.objects == before
    assert capsys.readouterr().out == "filled: nothing, all values are there; databases: order, user\n"


async def test_values_that_are_there_stay(api: FakeApiServer, server: Postgres) -> None:
    elsewhere = b"postgresql://u:p@db.example.com:5432/orders"
    api.set_secret(APP, "order-database", {"url": elsewhere})
    api.set_secret(APP, "payment-stripe", {"api-key": b"sk_test_mine", "webhook-secret": b"whsec_mine"})
    api.set_secret(APP, "user-admin", {"email": b"me@example.com"})
    mine = f"postgresql://bunmart_user:p%40ss@127.0.0.1:{server.port}/bunmart_user"
    api.set_secret(APP, "user-database", {"url": mine.encode()})

    assert await run(server) == 0

    assert api.secret(APP, "order-database") == {"url": elsewhere}
    stripe = {"api-key": b"sk_test_mine", "webhook-secret": b"whsec_mine"}
    assert api.secret(APP, "payment-stripe") == stripe
    assert api.secret(OWN, "stripe-emulator") == {"webhook-secret": b"whsec_mine"}
    assert api.secret(APP, "user-admin") == {"email": b"me@example.com", "password": b"bunmart-demo"}
    assert await who_am_i(mine) == ("bunmart_user", "bunmart_user")


async def test_a_key_that_was_added_by_hand_is_published_too(api: FakeApiServer, server: Postgres) -> None:
    await run(server)
    [(name, pem)] = api.secret(APP, "bunmart-jwt-keys").items()
    api.set_secret(APP, "bunmart-jwt-keys", {name: pem, "second.pem": pem})

    await run(server)

    keys = json.loads(api.config_map(APP, "bunmart-jwks")["jwks.json"])["keys"]
    assert [key["kid"] for key in keys] == [name.removesuffix(".pem"), "second"]


@pytest.mark.parametrize("broken", [b"no PEM", b""])
async def test_a_key_that_is_none_is_an_error(
    api: FakeApiServer, server: Postgres, capsys: pytest.CaptureFixture[str], broken: bytes
) -> None:
    api.set_secret(APP, "bunmart-jwt-keys", {"first.pem": broken})

    assert await run(server) == 1

    assert "Secret bunmart/bunmart-jwt-keys" in capsys.readouterr().err


async def test_only_named_objects_are_touched(api: FakeApiServer, server: Postgres) -> None:
    await run(server)

    assert {verb for verb, _ in api.requests} == {"get", "patch"}
    assert {key for _, key in api.requests} <= api.allowed


async def test_a_postgres_with_another_password_is_an_error_at_once(
    api: FakeApiServer, server: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    api.set_secret(OWN, "postgres-admin", {"password": b"forgotten"})

    assert await run(server) == 1

    assert "refuses the password" in capsys.readouterr().err


async def test_a_postgres_that_does_not_come_is_an_error_after_the_secrets_are_filled(
    api: FakeApiServer, server: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, command("127.0.0.1:1", "--timeout=1")) == 1

    assert "Postgres at 127.0.0.1:1 does not answer" in capsys.readouterr().err
    assert "postgresql://bunmart_order:" in url(api, "order")


async def test_two_runs_at_once_agree(api: FakeApiServer, server: Postgres) -> None:
    both = threading.Barrier(2, timeout=20)
    met = {key: itertools.count() for key in api.allowed}

    def meet(verb: str, key: Key) -> None:
        # Both have read an empty object before either writes.
        if verb == "patch" and next(met[key]) < 2:
            both.wait()

    api.before = meet

    assert list(await asyncio.gather(run(server), run(server))) == [0, 0]

    for service in SERVICES:
        assert await who_am_i(url(api, service)) == (f"bunmart_{service}", f"bunmart_{service}")
    published = json.loads(api.config_map(APP, "bunmart-jwks")["jwks.json"])["keys"]
    assert [f"{key['kid']}.pem" for key in published] == list(api.secret(APP, "bunmart-jwt-keys"))
    secret = api.secret(APP, "payment-stripe")["webhook-secret"]
    assert api.secret(OWN, "stripe-emulator")["webhook-secret"] == secret


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(min_value=1, max_value=24), max_size=3))
async def test_runs_that_break_off_anywhere_are_finished_by_the_next(
    api: FakeApiServer, server: Postgres, ends: list[int]
) -> None:
    make_empty(api, server)
    for end in ends:
        remaining = itertools.count(end, -1)

        def break_off(_verb: str, _key: Key, remaining: Iterator[int] = remaining) -> None:
            if next(remaining) <= 0:
                raise ApiRefusalError(500, "InternalError", "gone")  # type: ignore[arg-type]

        api.before = break_off
        await run(server)
    api.before = lambda _verb, _key: None

    assert await run(server) == 0

    shared = api.secret(APP, "payment-stripe")["webhook-secret"]
    assert api.secret(OWN, "stripe-emulator") == {"webhook-secret": shared}
    published = json.loads(api.config_map(APP, "bunmart-jwks")["jwks.json"])["keys"]
    assert [f"{key['kid']}.pem" for key in published] == list(api.secret(APP, "bunmart-jwt-keys"))
