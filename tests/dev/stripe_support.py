"""The emulator inside the test's loop, and a receiver of its webhooks."""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx
import stripe
from aiohttp import web
from bunmart_dev.dev_server import DevServer, listen
from bunmart_dev.stripe_emulator.app import create_app
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.settings import Settings

WEBHOOK_SECRET = "whsec_test"


class InLoopServer(DevServer):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def close(http_client: stripe.HTTPXClient) -> None:
    http_client.close()  # type: ignore[no-untyped-call]
    await http_client.close_async()  # type: ignore[no-untyped-call]


@dataclasses.dataclass
class RunningEmulator:
    url: str
    emulator: Emulator

    _http_clients: list[stripe.HTTPXClient] = dataclasses.field(default_factory=list)

    def client(
        self, key: str = "sk_test_x", max_network_retries: int = 0, timeout: float = 2
    ) -> stripe.StripeClient:
        http_client = stripe.HTTPXClient(timeout=timeout)
        self._http_clients.append(http_client)
        return stripe.StripeClient(
            key,
            http_client=http_client,
            base_addresses={"api": self.url},
            max_network_retries=max_network_retries,
        )

    async def close(self) -> None:
        for http_client in self._http_clients:
            await close(http_client)

    async def set_faults(self, **faults: float) -> None:
        async with httpx.AsyncClient() as client:
            (await client.put(f"{self.url}/_emulator/faults", json=faults)).raise_for_status()


@contextlib.asynccontextmanager
async def running_emulator(**settings: Any) -> AsyncGenerator[RunningEmulator, None]:
    listener = listen("127.0.0.1", 0, "")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    emulator = Emulator(Settings(**settings), url)
    server = InLoopServer(create_app(emulator), emulator.faults.release)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    running = RunningEmulator(url, emulator)
    try:
        yield running
    finally:
        await running.close()
        server.stop()
        await task


@dataclasses.dataclass
class Receiver:
    """Verifies every delivery as a shop would, and answers with the statuses it was given, then with 200."""

    url: str = ""
    secret: str = WEBHOOK_SECRET
    events: list[stripe.Event] = dataclasses.field(default_factory=list)
    statuses: list[int] = dataclasses.field(default_factory=list)
    _arrived: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        header = request.headers["Stripe-Signature"]
        event = stripe.Webhook.construct_event(await request.read(), header, self.secret)
        self.events.append(event)
        self._arrived.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.events) < count:
                self._arrived.clear()
                await self._arrived.wait()


@contextlib.asynccontextmanager
async def running_receiver(port: int = 0) -> AsyncGenerator[Receiver, None]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/stripe", receiver.receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", port))
    await web.SockSite(runner, listener).start()
    receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/stripe"
    try:
        yield receiver
    finally:
        await runner.cleanup()
