"""A notification service with a mail server that keeps what it gets."""

import asyncio
import email
import email.policy
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import EmailMessage
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from bunmart.notification.v1.notification_pb2 import SendNotificationRequest, SendNotificationResponse
from bunmart.notification.v1.notification_pb2_grpc import NotificationServiceStub
from bunmart.user.v1.user_pb2 import GetUserRequest, GetUserResponse, UserInfo

from tests.support import FakePeers, ServiceHarness, StartService, Tokens

MAIL, PHONE = "ada@example.org", "+4915112345678"


class MailServer:
    """Keeps every message; ``refuse`` makes it answer something else than 250."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], EmailMessage]] = []
        self.connections = 0
        self.refusals: list[str] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: list[SMTP] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.pop(0)
        message = email.message_from_bytes(cast("bytes", envelope.content), policy=email.policy.default)
        self.messages.append((envelope.rcpt_tos, message))
        return "250 OK"

    async def start(self) -> None:
        """Listen; after ``stop`` again on the same port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(self._protocol, sock=listener)

    def _protocol(self) -> SMTP:
        protocol = SMTP(self, hostname="localhost", loop=asyncio.get_running_loop())
        self._open.append(protocol)
        self.connections += 1
        return protocol

    async def stop(self) -> None:
        """Break off all connections and refuse further ones."""
        if self._server is not None:
            self._server.close()
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Close the connections that are open, as servers do with idle ones."""
        for protocol in self._open:
            if protocol.transport is not None:
                protocol.transport.close()
        self._open.clear()


class Desk:
    """The notification service under test."""

    def __init__(self, service: ServiceHarness, peers: FakePeers, tokens: Tokens, mail: MailServer) -> None:
        self.service = service
        self.peers = peers
        self.tokens = tokens
        self.mail = mail
        self.stub: Any = service.stub(NotificationServiceStub)
        self.http = service.http
        self.database = service.database
        self.admin = tokens.auth("admin")
        self.user_id = str(uuid4())
        self.mine = tokens.auth("customer", self.user_id)

    def request(
        self, template: str = "order_paid", channel: str = "EMAIL", **fields: Any
    ) -> SendNotificationRequest:
        """A request for the user of the test."""
        data = fields.pop("data", {"name": "Ada", "order_id": "42"})
        return SendNotificationRequest(
            **{
                "user_id": self.user_id,
                "channel": channel,
                "template_id": template,
                "template_data": data,
                **fields,
            }
        )

    async def send(self, *args: Any, key: str = "", **fields: Any) -> SendNotificationResponse:
        """Have something sent."""
        metadata = (("idempotency-key", key),) if key else ()
        response: SendNotificationResponse = await self.stub.SendNotification(
            self.request(*args, **fields), metadata=metadata
        )
        return response

    async def shown(self, notification_id: str) -> dict[str, Any]:
        """A notification as admins see it."""
        response = await self.http.get(f"/api/notifications/{notification_id}", headers=self.admin)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """An admin posts something."""
        return await self.http.post(path, json=body, headers=self.admin)

    async def count(self, table: str = "notifications") -> int:
        """Count the rows of a table."""
        return int((await self.database.fetch(f"SELECT count(*) FROM {table}"))[0][0])


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """The mail server of the test."""
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def start_desk(
    start_service: StartService, peers: FakePeers, tokens: Tokens, mail: MailServer
) -> Callable[..., Awaitable[Desk]]:
    """``await start_desk(**settings)``: a running notification service."""

    def user(request: GetUserRequest) -> GetUserResponse:
        info = UserInfo(user_id=request.user_id, email=MAIL, phone=PHONE, display_name="Ada")
        return GetUserResponse(user=info)

    async def start(**settings: Any) -> Desk:
        peers.answer("GetUser", user)
        return Desk(await start_service("notification", smtp_port=mail.port, **settings), peers, tokens, mail)

    return start


@pytest.fixture
async def desk(start_desk: Callable[..., Awaitable[Desk]]) -> AsyncIterator[Desk]:
    """A running notification service; it closes its connection before the mail server stops."""
    desk = await start_desk()
    yield desk
    await desk.service.stop()
