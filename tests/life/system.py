"""All services of an order's life in one process, as they run: their own databases, real calls, Stripe, mail.

A service reaches its peers over unix sockets in one folder, ``<folder>/<name>``: gRPC takes ``unix:`` where it takes
a host, so nothing of a service is replaced.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session
from bunmart_chassis.rpc import Peers
from bunmart_dev.free_ports import free_port

from tests.life.outboxes import Outboxes
from tests.life.tables import Tables
from tests.support import Databases, FakePeers, ServiceHarness, StartService, Tokens
from tests.support.stripe import API_KEY, WEBHOOK_SECRET, Provider, open_provider

NAMES = ("user", "product", "pricing", "cart", "order", "payment", "kitchen", "shipping", "notification")
DRIVER_USER = uuid4()
_ADD_DRIVER = """
INSERT INTO users (id, email, display_name, phone, roles, active, preferences, created_at, updated_at, version,
    password_hash)
VALUES ($1, 'dora@shop.example', 'Dora', '+4930123456', '{driver}', true, '{}', now(), now(), 1, '')
"""


class MailSink:
    """Takes every message; keeps what it is about.

    Attributes:
        received: The ``Message-ID`` of each, in the order of arrival.
    """

    def __init__(self) -> None:
        self.received: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the id of a message; aiosmtpd calls this by its name."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for line in content.splitlines():
            if line.lower().startswith(b"message-id:"):
                self.received.append(line.split(b":", 1)[1].strip().decode())
                break
        return "250 2.0.0 OK"


class System:
    """The running services and what is around them.

    Attributes:
        services: By name.
        provider: Stripe's emulator.
        mail: The mail server.
        tokens: Signs in whoever is needed.
        channel: Gives the channel to a service by its name.
        outboxes: The jobs of all services.
        tables: The rows of all services.
        driver_id: The one driver, whose account is ``DRIVER_USER``.
        vehicle_id: The one vehicle.
    """

    def __init__(
        self,
        services: Mapping[str, ServiceHarness],
        provider: Provider,
        mail: MailSink,
        tokens: Tokens,
        peers: Peers,
    ) -> None:
        self.services = services
        self.provider = provider
        self.mail = mail
        self.tokens = tokens
        self.channel = peers.channel
        self.outboxes = Outboxes({name: service.database for name, service in services.items()}, provider)
        self.tables = Tables({name: service.database for name, service in services.items()})
        self.driver_id = self.vehicle_id = UUID(int=0)

    async def prepare(self) -> None:
        """Watch the outboxes, and make the fleet with its driver's account."""
        await self.outboxes.install()
        await self.services["user"].database.execute(_ADD_DRIVER, DRIVER_USER)
        admin = self.tokens.auth("admin")
        http = self.services["shipping"].http
        driver = {"name": "Dora Driver", "user_id": str(DRIVER_USER), "phone": "+4930123456"}
        vehicle = {"plate": "B UN 1", "kind": "VAN"}
        made = await http.post("/api/drivers", json=driver, headers=admin)
        assert made.is_success, made.text
        self.driver_id = UUID(made.json()["driver_id"])
        made = await http.post("/api/vehicles", json=vehicle, headers=admin)
        assert made.is_success, made.text
        self.vehicle_id = UUID(made.json()["vehicle_id"])
        await self.tables.keep_present()


@contextlib.asynccontextmanager
async def running_system(databases: Databases, tokens: Tokens, folder: Path) -> AsyncIterator[System]:
    """Start everything; at the end stop it and drop the databases.

    Args:
        databases: Of the loop that runs this.
        tokens: The keys that all services trust.
        folder: For the sockets; its path must be short.
    """
    start = StartService(databases, FakePeers(), tokens)
    webhooks = free_port()
    target = f"unix:{folder}/{{service}}:0"
    peers = Peers(target)
    mail = MailSink()
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    smtp = await loop.create_server(
        lambda: SMTP(mail, hostname="localhost", ident="mail sink", loop=loop), sock=listener
    )
    async with smtp, open_provider(webhooks) as provider:
        extra: dict[str, dict[str, Any]] = {
            "payment": {
                "http_port": webhooks,
                "stripe_api_key": API_KEY,
                "stripe_base_url": provider.url,
                "stripe_webhook_secret": WEBHOOK_SECRET,
                "stripe_retries": 0,
            },
            "notification": {"smtp_port": listener.getsockname()[1]},
        }
        try:
            services = {
                name: await start(
                    name,
                    grpc_host=f"unix:{folder}/{name}",
                    peer_target=target,
                    **extra.get(name, {}),
                )
                for name in NAMES
            }
            system = System(services, provider, mail, tokens, peers)
            await system.prepare()
            yield system
        finally:
            await peers.close()
            await start.clean_up()
