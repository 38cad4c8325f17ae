"""A user service that signs with the key whose public half all services of the test know."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from argon2 import PasswordHasher
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.user.v1.user_pb2_grpc import UserServiceStub
from bunmart_dev.free_ports import free_ports
from bunmart_user.domain.limits import Limit, counter
from bunmart_user.password_hashes import PasswordHashes
from cryptography.hazmat.primitives import serialization

from tests.services.notification.conftest import MailServer
from tests.support import FakePeers, ServiceHarness, StartService, Tokens
from tests.support.secrets import places_of

MAIL = "ada@example.org"
PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple"
OTHER_PASSWORD = "staple the horse"
ADMIN = {"email": "admin@bunmart.local", "password": "bunmart-demo"}
ADDRESS = {"line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
_LINK = re.compile(r"#token=([\w-]+)")


class Desk:
    """The user service under test, and what people do with it."""

    def __init__(self, service: ServiceHarness, peers: FakePeers, tokens: Tokens) -> None:
        self.service = service
        self.peers = peers
        self.tokens = tokens
        self.stub: Any = service.stub(UserServiceStub)
        self.http = service.http
        # One client stands for many people: each test sends the cookie of a device itself.
        self.http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.database = service.database
        self.admin = tokens.auth("admin")

    async def sign_up(self, email: str = "", *, key: str | None = None, **body: Any) -> httpx.Response:
        """Somebody makes an account."""
        full = {
            "email": email or f"{uuid4()}@example.org",
            "password": PASSWORD,
            "display_name": "Ada",
            **body,
        }
        return await self.http.post("/api/users", json=full, headers={"idempotency-key": key} if key else {})

    async def user(self, email: str = "", **body: Any) -> UUID:
        """The id of a new account."""
        response = await self.sign_up(email, **body)
        assert response.status_code == 201, response.text
        return UUID(response.json()["user_id"])

    async def log_in(
        self, email: str, password: str = PASSWORD, *, device: str | None = None, **headers: str
    ) -> httpx.Response:
        """Somebody signs in; ``device`` is the token of a device."""
        body = {"email": email, "password": password, "device_token": device}
        return await self.http.post("/api/auth/login", json=body, headers=headers)

    async def session(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """The tokens of somebody who signed in."""
        response = await self.log_in(email, password)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    async def refresh(self, token: str, **headers: str) -> httpx.Response:
        """Somebody exchanges a refresh token."""
        return await self.http.post("/api/auth/refresh", json={"refresh_token": token}, headers=headers)

    async def change_password(self, user_id: UUID, old: str, new: str) -> httpx.Response:
        """Somebody sets a new password with the old one."""
        body = {"old_password": old, "new_password": new}
        return await self.http.put(f"/api/users/{user_id}/password", json=body, headers=self.auth(user_id))

    async def ask_for_reset(self, email: str) -> str:
        """Somebody asks for a password reset; returns the token of the last mail, empty without one."""
        response = await self.http.post("/api/auth/password-reset", json={"email": email})
        assert response.status_code == 202
        await self.service.settle()
        links = self.reset_links()
        return links[-1] if links else ""

    def reset_links(self) -> list[str]:
        """The tokens of the password resets that were mailed, oldest first."""
        sent = [r for r in self.peers.requests("SendNotification") if r.template_id == "password_reset"]
        return [each.template_data["url"].partition("#token=")[2] for each in sent]

    async def confirm_reset(self, token: str, password: str = NEW_PASSWORD) -> int:
        """Somebody sets a new password with the token of a mail; returns the status of the answer."""
        body = {"token": token, "new_password": password}
        return (await self.http.post("/api/auth/password-reset/confirm", json=body)).status_code

    async def failures(self, email: str) -> int:
        """Count the wrong passwords that are held against an account and the network of the test."""
        key = counter(Limit.PAIR, email, "unknown").key
        row = await self.database.fetchrow("SELECT tries FROM attempts WHERE key = $1", key)
        return row["tries"] if row else 0

    async def end_grace(self) -> None:
        """Let the time pass in which a used refresh token is given its successor again."""
        await self.database.execute("UPDATE refresh_tokens SET successor_until = now() - interval '1 second'")

    def auth(self, user_id: UUID) -> dict[str, str]:
        """The header of a customer."""
        return self.tokens.auth("customer", user_id)

    async def row(self, user_id: UUID) -> dict[str, Any]:
        """The row of a user."""
        return dict(await self.database.fetchrow("SELECT * FROM users WHERE id = $1", user_id) or {})

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int((await self.database.fetch(f"SELECT count(*) FROM {table}"))[0][0])


def write_key(tokens: Tokens, folder: Path) -> None:
    """Give the service the private key that the test signs with."""
    folder.mkdir(exist_ok=True)
    pem = tokens.private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{tokens.key_id}.pem").write_bytes(pem)


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash in microseconds, for tests with hundreds of passwords; a slow hash also hides gaps between locks."""
    make = PasswordHashes.__init__

    def make_cheap(hashes: PasswordHashes, settings: Any) -> None:
        make(hashes, settings, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    monkeypatch.setattr(PasswordHashes, "__init__", make_cheap)


@pytest.fixture
async def start_desk(
    start_service: StartService, peers: FakePeers, tokens: Tokens, tmp_path: Path
) -> Callable[..., Awaitable[Desk]]:
    """``await start_desk(**settings)``: a running user service."""
    write_key(tokens, tmp_path / "keys")
    peers.answer("SendNotification", SendNotificationResponse(notification_id="1", status="QUEUED"))

    async def start(**settings: Any) -> Desk:
        wanted = {"jwt_signing_keys": tmp_path / "keys", **settings}
        return Desk(await start_service("user", **wanted), peers, tokens)

    return start


@pytest.fixture
async def desk(start_desk: Callable[..., Awaitable[Desk]]) -> Desk:
    """A running user service."""
    return await start_desk()


class House:
    """A user service and a notification service that call each other, and the mail server behind them."""

    def __init__(self, desk: Desk, notification: ServiceHarness, mail: MailServer) -> None:
        self.desk = desk
        self.notification = notification
        self.mail = mail
        self.secrets: set[str] = {PASSWORD, NEW_PASSWORD, OTHER_PASSWORD}

    async def settle(self) -> None:
        """Wait until all jobs of both are done."""
        await self.desk.service.settle()
        await self.notification.settle()

    def note(self, grant: dict[str, Any]) -> dict[str, Any]:
        """Remember the tokens that somebody got."""
        self.secrets |= {grant["access_token"], grant["refresh_token"], grant["device_token"] or ""}
        return grant

    def mailed_links(self) -> list[str]:
        """The tokens of the links that were mailed, oldest first."""
        return [token for _, mail in self.mail.messages for token in _LINK.findall(mail.get_content())]

    async def places(self) -> list[str]:
        """Every table of both databases that holds a secret."""
        databases = self.desk.database, self.notification.database
        return [name for each in databases for name in await places_of(each, self.secrets)]


@pytest.fixture
async def house(
    start_service: StartService, peers: FakePeers, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[House]:
    """Both services, running."""
    mail = MailServer()
    await mail.start()
    write_key(tokens, tmp_path / "keys")
    [port] = free_ports(1)
    notification = await start_service("notification", peer_target=f"127.0.0.1:{port}", smtp_port=mail.port)
    target = f"127.0.0.1:{notification.service.grpc_port}"
    user = await start_service("user", jwt_signing_keys=tmp_path / "keys", grpc_port=port, peer_target=target)
    yield House(Desk(user, peers, tokens), notification, mail)
    await notification.stop()
    await mail.stop()
