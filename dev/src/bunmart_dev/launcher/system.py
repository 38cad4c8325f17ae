"""The parts of BunMart: what each is started with (docs/architecture.md has the table of settings)."""

import itertools
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.forkserver import Forkserver
from bunmart_dev.launcher.keys import SecretStore
from bunmart_dev.launcher.parts import Command, Part, fixed, local
from bunmart_dev.launcher.runs import readiness, runs_of
from bunmart_dev.launcher.settings import SERVICES, Settings
from bunmart_dev.local_mesh import envoy
from bunmart_dev.ports import PARTS
from bunmart_dev.postgres import Mode, Postgres

_EDGE, _APPLICATION, _SIDECAR, _OUTSIDE, _DATABASE = range(5)
_MAX_CONNECTIONS = 200


def applications(
    settings: Settings, secrets: SecretStore, forkserver: Forkserver | None = None
) -> list[Part]:
    """Return the BFF and the ten services.

    Args:
        settings: The launcher's settings.
        secrets: The generated secrets.
        forkserver: What starts their runs when an edit is to be live; None starts each as a process that
            stays.
    """
    return [_application(settings, secrets, forkserver, name) for name in ("bff", *SERVICES)]


def proxies(settings: Settings, configurations: Mapping[str, Path]) -> list[Part]:
    """Return the edge and the eleven sidecars.

    Args:
        settings: The launcher's settings.
        configurations: Envoy's configuration file by part; they may be written later, before the start.
    """
    return [
        _proxy(settings, name, configurations[name]) for name in ("edge", *(p for p in PARTS if p != "edge"))
    ]


def outside_world(settings: Settings, secrets: SecretStore) -> list[Part]:
    """Return the stand-ins for what lies outside BunMart: the card network and the mail server."""
    mail = _mail_catcher(settings)
    return [mail] if settings.stripe_api_key else [_stripe_emulator(settings, secrets), mail]


def postgres_part(settings: Settings) -> tuple[Part, Postgres]:
    """Return the embedded PostgreSQL, as a part and for its DSN."""
    log_file = settings.folder.logs / "postgres.log"
    folder = settings.folder.path / "postgres"
    server = Postgres(folder, settings.ports.postgres, Mode.durable, _MAX_CONNECTIONS, log_file)

    def command() -> Command:
        arguments, user = server.prepare()
        return Command(arguments, process={"cwd": "/", **user})

    part = Part(
        "postgres",
        command,
        f"postgres://{server.data}",
        log_file,
        ports=(server.port,),
        stop_order=_DATABASE,
        stop_signal=signal.SIGINT,
    )
    return part, server


def _application(settings: Settings, secrets: SecretStore, forkserver: Forkserver | None, name: str) -> Part:
    ports = settings.ports.of(name)
    log_file = settings.folder.logs / f"{name}.log"
    environment = {
        **_common_environment(settings, name),
        **_own_environment(settings, secrets, name),
    }
    if name in SERVICES:
        environment["BUNMART_DATABASE_URL"] = settings.database_url(name, secrets)
    return Part(
        name,
        fixed(sys.executable, "-m", f"bunmart_{name}", environment=environment),
        readiness(ports.http),
        log_file,
        ports=(ports.http, ports.grpc, *itertools.chain(*ports.runs)),
        http=local(ports.http),
        grpc=local(ports.grpc),
        stop_order=_APPLICATION,
        runs=runs_of(settings, forkserver, name, environment, log_file) if forkserver else None,
    )


def _common_environment(settings: Settings, name: str) -> dict[str, str]:
    ports = settings.ports.of(name)
    return {
        "PYTHONUNBUFFERED": "1",
        "BUNMART_HTTP_HOST": "127.0.0.1",
        "BUNMART_HTTP_PORT": str(ports.http),
        "BUNMART_GRPC_HOST": "127.0.0.1",
        "BUNMART_GRPC_PORT": str(ports.grpc),
        "BUNMART_MIGRATE_ON_START": "true",
        "BUNMART_PEER_TARGET": local(ports.outbound),
        "BUNMART_PEER_URL": f"http://{local(ports.outbound)}",
        "BUNMART_JWKS_FILE": str(settings.jwks_file),
        "BUNMART_PUBLIC_URL": settings.edge_url,
        # There is no second replica to drain to.
        "BUNMART_DRAIN_SECONDS": "0.2",
    }


def _own_environment(settings: Settings, secrets: SecretStore, name: str) -> dict[str, str]:
    if name == "user":
        return {
            "BUNMART_JWT_SIGNING_KEYS": str(settings.signing_keys),
            "BUNMART_BOOTSTRAP_ADMIN_EMAIL": DEMO_USERS["admin"],
            "BUNMART_BOOTSTRAP_ADMIN_PASSWORD": DEMO_PASSWORD,
        }
    if name == "payment":
        emulated = not settings.stripe_api_key
        return {
            "BUNMART_STRIPE_API_KEY": settings.stripe_api_key or secrets.get("stripe/api-key", "sk_test_"),
            "BUNMART_STRIPE_BASE_URL": f"http://{local(settings.ports.stripe)}" if emulated else "",
            "BUNMART_STRIPE_WEBHOOK_SECRET": _webhook_secret(settings, secrets),
        }
    if name == "notification":
        return {
            "BUNMART_SMTP_HOST": "127.0.0.1",
            "BUNMART_SMTP_PORT": str(settings.ports.smtp),
            "BUNMART_MAIL_FROM": "BunMart <hello@bunmart.local>",
            "BUNMART_SMS_GATEWAY_DOMAIN": "sms.bunmart.local",
        }
    return {}


def _webhook_secret(settings: Settings, secrets: SecretStore) -> str:
    return settings.stripe_webhook_secret or secrets.get("stripe/webhook-secret", "whsec_")


def _proxy(settings: Settings, name: str, configuration: Path) -> Part:
    ports = settings.ports.of(name)
    is_edge = name == "edge"
    part_name = name if is_edge else f"{name}-sidecar"
    listeners = (settings.ports.edge,) if is_edge else (ports.inbound, ports.outbound)
    return Part(
        part_name,
        lambda: Command(tuple(envoy.command(configuration))),
        f"http://{local(ports.admin)}/ready",
        settings.folder.logs / f"{part_name}.log",
        ports=(*listeners, ports.admin),
        port_setting="BUNMART_EDGE_PORT" if is_edge else "BUNMART_PORT_BASE",
        http=local(settings.ports.edge) if is_edge else None,
        stop_order=_EDGE if is_edge else _SIDECAR,
        marker=str(configuration),
    )


def _stripe_emulator(settings: Settings, secrets: SecretStore) -> Part:
    address = local(settings.ports.stripe)
    environment = {
        "STRIPE_EMULATOR_PORT": str(settings.ports.stripe),
        "STRIPE_EMULATOR_STATE": str(settings.folder.path / "stripe.sqlite"),
        "STRIPE_EMULATOR_WEBHOOK_URL": f"{settings.edge_url}/webhooks/stripe",
        "STRIPE_EMULATOR_WEBHOOK_SECRET": _webhook_secret(settings, secrets),
    }
    return Part(
        "stripe",
        fixed(sys.executable, "-m", "bunmart_dev.stripe_emulator", environment=environment),
        f"http://{address}/health",
        settings.folder.logs / "stripe.log",
        ports=(settings.ports.stripe,),
        http=address,
        stop_order=_OUTSIDE,
    )


def _mail_catcher(settings: Settings) -> Part:
    address = local(settings.ports.mail_page)
    environment = {
        "MAIL_CATCHER_SMTP_PORT": str(settings.ports.smtp),
        "MAIL_CATCHER_HTTP_PORT": str(settings.ports.mail_page),
        "MAIL_CATCHER_FOLDER": str(settings.folder.path / "mail"),
    }
    return Part(
        "mail",
        fixed(sys.executable, "-m", "bunmart_dev.mail_catcher", environment=environment),
        f"http://{address}/health",
        settings.folder.logs / "mail.log",
        ports=(settings.ports.smtp, settings.ports.mail_page),
        http=address,
        stop_order=_OUTSIDE,
    )
