"""The secrets which a platform would provide, generated once and never changed."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit

from bunmart_mesh.issuer.objects import ClusterObjects, Documents, IssuerError, Ref
from lightkube.resources.core_v1 import ConfigMap

from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.launcher.keys import new_token_key, public_jwk
from bunmart_dev.launcher.settings import database_name

POSTGRES_ADMIN = "postgres-admin"
_JWKS_KEY = "jwks.json"


@dataclass(frozen=True)
class Development:
    """Names of the objects in the development release."""

    namespace: str
    """Of Postgres and the Stripe emulator."""
    app_namespace: str
    """Of the services."""
    postgres: str
    """Host and port of Postgres as the services reach it."""
    services: Sequence[str]
    """Those that own a database."""

    @property
    def postgres_admin(self) -> Ref:
        """Return the Secret with the password of Postgres's superuser."""
        return Ref(self.namespace, POSTGRES_ADMIN)

    def database(self, service: str) -> Ref:
        """Return the Secret with the DSN of a service."""
        return Ref(self.app_namespace, f"{service}-database")


class Filler:
    """Fills the objects of a development release and remembers which ones it changed."""

    def __init__(self, objects: ClusterObjects, release: Development) -> None:
        self._objects = objects
        self._release = release
        self.filled: list[str] = []

    def fill(self) -> None:
        """Make every value that is missing.

        Raises:
            IssuerError: An object is missing, may not be changed or holds what cannot be used.
        """
        # Postgres waits for its password, so that comes first.
        self._fill(self._release.postgres_admin, {"password": _password})
        for service in self._release.services:
            self._fill(self._release.database(service), {"url": partial(self._new_url, service)})
        self._fill_token_keys()
        self._fill_stripe()
        administrator = {"email": lambda: DEMO_USERS["admin"], "password": lambda: DEMO_PASSWORD}
        self._fill(self._ours("user-admin"), administrator)

    def _new_url(self, service: str) -> str:
        name = database_name(service)
        return f"postgresql://{name}:{_password()}@{self._release.postgres}/{name}"

    def _fill_token_keys(self) -> None:
        def add_first_key(held: Documents) -> Documents:
            if any(name.endswith(".pem") for name in held):
                return held
            key_id, pem = new_token_key()
            return {**held, f"{key_id}.pem": pem}

        signing = self._ours("bunmart-jwt-keys")
        keys, changed = self._objects.edit(signing, add_first_key)
        self._note(signing, changed=changed)
        published = Ref(self._release.app_namespace, "bunmart-jwks", ConfigMap)
        try:
            publish = _publisher(keys)
            _, changed = self._objects.edit(published, publish)
        except (ValueError, TypeError, KeyError) as error:
            raise IssuerError(f"{signing} and {published} do not hold ES256 keys: {error!r}.") from error
        self._note(published, changed=changed)

    def _fill_stripe(self) -> None:
        payment, emulator = self._ours("payment-stripe"), Ref(self._release.namespace, "stripe-emulator")
        known = self._objects.read(payment).get("webhook-secret", b"").decode()
        # The emulator's Secret decides between two runs at once: the other one reads what the first wrote.
        held = self._fill(emulator, {"webhook-secret": lambda: known or f"whsec_{_password()}"})
        shared = held["webhook-secret"].decode()
        makers = {"api-key": lambda: f"sk_test_{_password()}", "webhook-secret": lambda: shared}
        self._fill(payment, makers)

    def _ours(self, name: str) -> Ref:
        return Ref(self._release.app_namespace, name)

    def _fill(self, ref: Ref, makers: dict[str, Callable[[], str]]) -> Documents:
        held, changed = self._objects.fill(ref, makers)
        self._note(ref, changed=changed)
        return held

    def _note(self, ref: Ref, *, changed: bool) -> None:
        if changed:
            self.filled.append(ref.name)


def role_passwords(objects: ClusterObjects, release: Development) -> dict[str, str]:
    """Return the password of each service's role, for the services whose DSN names our Postgres.

    Raises:
        IssuerError: A Secret is missing, or holds no DSN.
    """
    passwords = {}
    for service in release.services:
        ref = release.database(service)
        url = urlsplit(objects.read(ref).get("url", b"").decode())
        if not url.hostname:
            raise IssuerError(f"{ref} holds no DSN under `url`.")
        if url.netloc.rpartition("@")[2] == release.postgres:
            passwords[service] = unquote(url.password or "")
    return passwords


def _publisher(keys: Documents) -> Callable[[Documents], Documents]:
    ours = [public_jwk(name.removesuffix(".pem"), pem) for name, pem in keys.items() if name.endswith(".pem")]

    def publish(held: Documents) -> Documents:
        known = json.loads(held[_JWKS_KEY])["keys"] if held.get(_JWKS_KEY) else []
        names = {key["kid"] for key in known}
        added = [key for key in ours if key["kid"] not in names]
        if not added:
            return held
        return {**held, _JWKS_KEY: json.dumps({"keys": [*known, *added]}, indent=1).encode()}

    return publish


def _password() -> str:
    return secrets.token_urlsafe(24)
