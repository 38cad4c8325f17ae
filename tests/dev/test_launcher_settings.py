"""What the launcher makes of the environment, and the secrets that it keeps."""

import json
import stat
from pathlib import Path

import jwt
import pytest
from bunmart_dev.forkserver import Forkserver
from bunmart_dev.launcher.keys import SecretStore, ensure_token_keys
from bunmart_dev.launcher.parts import LauncherError
from bunmart_dev.launcher.settings import Settings
from bunmart_dev.launcher.system import applications, outside_world


@pytest.fixture
def secrets(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "secrets.json")


def test_a_service_gets_its_own_database_on_the_embedded_server(secrets: SecretStore) -> None:
    settings = Settings.from_environment({"BUNMART_PORT_BASE": "23000"})

    url = settings.database_url("order", secrets)

    assert url == f"postgresql://bunmart_order:{secrets.get('database/order')}@127.0.0.1:23200/bunmart_order"
    assert settings.embedded_postgres


def test_an_external_server_and_an_external_database_are_used(secrets: SecretStore) -> None:
    settings = Settings.from_environment(
        {
            "BUNMART_POSTGRES_URL": "postgresql://root:secret@db:5555/postgres?sslmode=require",
            "BUNMART_DATABASE_URL_USER": "postgresql://u:p@elsewhere/users",
        }
    )

    order = settings.database_url("order", secrets)

    password = secrets.get("database/order")
    assert order == f"postgresql://bunmart_order:{password}@db:5555/bunmart_order?sslmode=require"
    assert settings.database_url("user", secrets) == "postgresql://u:p@elsewhere/users"
    assert not settings.embedded_postgres


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"BUNMART_PORT_BASE": "many"}, "BUNMART_PORT_BASE"),
        ({"BUNMART_EDGE_PORT": "70000"}, "BUNMART_EDGE_PORT"),
        ({"STRIPE_API_KEY": "sk_test_x"}, "STRIPE_WEBHOOK_SECRET"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(LauncherError, match=sentence):
        Settings.from_environment(environment)


def test_with_a_stripe_key_payment_speaks_to_stripe_itself(secrets: SecretStore) -> None:
    settings = Settings.from_environment({"STRIPE_API_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_y"})

    payment = next(part for part in applications(settings, secrets) if part.name == "payment")

    environment = payment.command().environment
    assert environment["BUNMART_STRIPE_API_KEY"] == "sk_test_x"
    assert environment["BUNMART_STRIPE_BASE_URL"] == ""
    assert environment["BUNMART_STRIPE_WEBHOOK_SECRET"] == "whsec_y"
    assert [part.name for part in outside_world(settings, secrets)] == ["mail"]


def test_secrets_are_private_and_stay(secrets: SecretStore) -> None:
    first = secrets.get("stripe/webhook-secret", "whsec_")

    assert first.startswith("whsec_")
    assert SecretStore(secrets.path).get("stripe/webhook-secret", "whsec_") == first
    assert stat.S_IMODE(secrets.path.stat().st_mode) == 0o600


def test_a_token_signed_with_the_key_is_verified_by_the_published_set(tmp_path: Path) -> None:
    ensure_token_keys(tmp_path / "keys", tmp_path / "jwks.json")
    ensure_token_keys(tmp_path / "keys", tmp_path / "jwks.json")

    (private,) = (tmp_path / "keys").glob("*.pem")
    token = jwt.encode({"sub": "x"}, private.read_text(), algorithm="ES256", headers={"kid": private.stem})
    published = json.loads((tmp_path / "jwks.json").read_text())
    (key,) = jwt.PyJWKSet.from_dict(published).keys
    assert key.key_id == private.stem
    assert jwt.decode(token, key, algorithms=["ES256"]) == {"sub": "x"}
    assert "d" not in published["keys"][0]


def test_every_edit_is_live_unless_it_is_switched_off() -> None:
    assert Settings.from_environment({}).reload
    for word in ("0", "false", "off"):
        assert not Settings.from_environment({"BUNMART_RELOAD": word}).reload


def test_a_service_has_two_runs_with_ports_of_their_own_when_edits_are_live(
    secrets: SecretStore, tmp_path: Path
) -> None:
    settings = Settings.from_environment({"BUNMART_PORT_BASE": "23000"})
    forkserver = Forkserver("some_libraries", tmp_path / "forkserver.log")

    parts = {part.name: part for part in applications(settings, secrets, forkserver)}

    order = parts["order"]
    assert order.runs
    assert [run.probe for run in order.runs] == [
        "http://127.0.0.1:23045/health/ready",
        "http://127.0.0.1:23047/health/ready",
    ]
    assert order.ports == (23040, 23041, 23045, 23046, 23047, 23048)
    assert (order.http, order.grpc) == ("127.0.0.1:23040", "127.0.0.1:23041")
    assert all(part.runs is None for part in applications(settings, secrets))
