"""The settings of the local system from the environment, and the places of its files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from bunmart_dev.launcher.keys import SecretStore
from bunmart_dev.launcher.parts import LauncherError
from bunmart_dev.launcher.state import StateFolder
from bunmart_dev.ports import PARTS, Ports

SERVICES = tuple(part for part in PARTS if part not in {"bff", "edge"})


@dataclass(frozen=True)
class Settings:
    """The launcher's settings."""

    folder: StateFolder
    """Folder of data, keys and logs; empty means ``.local`` (``BUNMART_STATE_DIR``)."""
    ports: Ports
    stripe_api_key: str = ""
    """Key of Stripe's test mode; empty starts the emulator instead (``STRIPE_API_KEY``)."""
    stripe_webhook_secret: str = ""
    """Signing secret as ``stripe listen`` prints it; needed with a key (``STRIPE_WEBHOOK_SECRET``)."""
    postgres_url: str = ""
    """Administrator's DSN of a running server; empty starts one (``BUNMART_POSTGRES_URL``)."""
    reload: bool = True
    """Replace a service when its code is edited; 0 starts each once and for all (``BUNMART_RELOAD``)."""
    database_urls: Mapping[str, str] = field(default_factory=dict)
    """DSN of one service, here order; its database is not made then (``BUNMART_DATABASE_URL_ORDER``)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Raises:
            LauncherError: A value cannot be used.
        """
        try:
            ports = Ports.from_environment(environment)
        except ValueError as error:
            raise LauncherError(f"BUNMART_PORT_BASE or BUNMART_EDGE_PORT cannot be used: {error}.") from None
        key, secret = environment.get("STRIPE_API_KEY", ""), environment.get("STRIPE_WEBHOOK_SECRET", "")
        if key and not secret:
            raise LauncherError(
                "STRIPE_API_KEY is set, so payments go to Stripe itself; set STRIPE_WEBHOOK_SECRET too: "
                f"`stripe listen --forward-to 127.0.0.1:{ports.edge}/webhooks/stripe` prints it."
            )
        named = {
            service: environment.get(f"BUNMART_DATABASE_URL_{service.upper()}", "") for service in SERVICES
        }
        return cls(
            folder=StateFolder.from_environment(),
            ports=ports,
            stripe_api_key=key,
            stripe_webhook_secret=secret,
            postgres_url=environment.get("BUNMART_POSTGRES_URL", ""),
            reload=environment.get("BUNMART_RELOAD", "1").lower() not in {"0", "false", "no", "off"},
            database_urls={service: url for service, url in named.items() if url},
        )

    @property
    def embedded_postgres(self) -> bool:
        """Tell whether the launcher starts PostgreSQL itself."""
        return not self.postgres_url and len(self.database_urls) < len(SERVICES)

    @property
    def edge_url(self) -> str:
        """Return the address of the ingress."""
        return f"http://127.0.0.1:{self.ports.edge}"

    @property
    def secrets(self) -> SecretStore:
        """Return the generated secrets."""
        return SecretStore(self.folder.path / "secrets.json")

    @property
    def jwks_file(self) -> Path:
        """Return the file of public keys that verify access tokens."""
        return self.folder.path / "jwt" / "jwks.json"

    @property
    def endpoints(self) -> Path:
        """Return the folder of files that say where the services listen at present."""
        return self.folder.path / "endpoints"

    @property
    def signing_keys(self) -> Path:
        """Return the folder of private keys that sign access tokens."""
        return self.folder.path / "jwt" / "keys"

    def database_url(self, service: str, secrets: SecretStore) -> str:
        """Return the DSN of a service's own database."""
        if service in self.database_urls:
            return self.database_urls[service]
        name = database_name(service)
        password = quote(secrets.get(f"database/{service}"), safe="")
        if not self.postgres_url:
            return f"postgresql://{name}:{password}@127.0.0.1:{self.ports.postgres}/{name}"
        server = urlsplit(self.postgres_url)
        address = server.netloc.rpartition("@")[2]
        return server._replace(netloc=f"{name}:{password}@{address}", path=f"/{name}").geturl()


def database_name(service: str) -> str:
    """Return the name of a service's database and role: ``order`` and ``user`` alone are reserved words."""
    return f"bunmart_{service}"
