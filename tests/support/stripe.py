"""Stripe's emulator in the process of the test, and the customer's browser that talks to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import uvicorn
from bunmart_dev.stripe_emulator.app import create_app
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.faults import Faults
from bunmart_dev.stripe_emulator.settings import Settings
from litestar import Litestar

from tests.support.services import NO_AUTHORITIES

WEBHOOK_SECRET = "whsec_of_the_tests"
API_KEY = "sk_test_of_the_tests"
PUBLISHABLE_KEY = "pk_test_of_the_tests"
HOLD_SECONDS = 60.0
"""Longer than anybody waits: requests that are held go on when the test says so."""
VISA, DECLINED = "pm_card_visa", "pm_card_chargeDeclined"


class Provider:
    """Stripe's emulator, and the customer's browser that talks to it."""

    def __init__(self, emulator: Emulator, url: str) -> None:
        self.emulator = emulator
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, verify=NO_AUTHORITIES)

    def hold(self) -> None:
        """Keep all requests from now on waiting until ``release``."""
        self.faults(latency_seconds=HOLD_SECONDS)

    def release(self) -> None:
        """Go on with the requests that wait, and hold none any more."""
        self.emulator.faults.release()

    def faults(self, **faults: Any) -> None:
        """Set what goes wrong from now on."""
        self.emulator.set_faults(Faults(**faults))

    async def _call(self, method: str, path: str, key: str, **data: str) -> dict[str, Any]:
        sent = {"params": data} if method == "GET" else {"data": data}
        headers = {"authorization": f"Bearer {key}"}
        answer = await self.http.request(method, f"/v1{path}", headers=headers, **sent)  # type: ignore[arg-type]
        found: dict[str, Any] = answer.json()
        return found

    async def pay(self, client_secret: str, card: str = VISA) -> dict[str, Any]:
        """The customer confirms the payment with a card."""
        intent_id = client_secret.rsplit("_secret", 1)[0]
        return await self._call(
            "POST",
            f"/payment_intents/{intent_id}/confirm",
            PUBLISHABLE_KEY,
            client_secret=client_secret,
            payment_method=card,
        )

    async def intents(self) -> list[dict[str, Any]]:
        """All payment intents, newest first."""
        found: list[dict[str, Any]] = (await self._call("GET", "/payment_intents", API_KEY))["data"]
        return found

    async def refunds(self) -> list[dict[str, Any]]:
        """All refunds, newest first."""
        found: list[dict[str, Any]] = (await self._call("GET", "/refunds", API_KEY))["data"]
        return found

    async def refund(self, intent_id: str, **data: str) -> None:
        """Somebody refunds by hand in the dashboard."""
        await self._call("POST", "/refunds", API_KEY, payment_intent=intent_id, **data)

    async def cancel(self, intent_id: str) -> None:
        """Somebody cancels by hand in the dashboard."""
        await self._call("POST", f"/payment_intents/{intent_id}/cancel", API_KEY)

    async def change(self, intent_id: str, **data: str) -> None:
        """Somebody changes an intent, such as its ``amount`` in minor units."""
        await self._call("POST", f"/payment_intents/{intent_id}", API_KEY, **data)

    async def events(self) -> list[dict[str, Any]]:
        """All events, newest first."""
        found: list[dict[str, Any]] = (await self._call("GET", "/events", API_KEY, limit="100"))["data"]
        return found


_free_apps: list[Litestar] = []
"""Applications that serve no emulator at present. Making one takes as long as a test, and its state is all in
the emulator that it is given."""


@contextlib.contextmanager
def _app_for(emulator: Emulator) -> Iterator[Litestar]:
    app = _free_apps.pop() if _free_apps else create_app(emulator)
    app.state.emulator = emulator
    try:
        yield app
    finally:
        del app.state.emulator
        _free_apps.append(app)


@contextlib.asynccontextmanager
async def open_provider(webhook_port: int) -> AsyncIterator[Provider]:
    """Stripe's emulator; its webhooks go to that port of this machine, or nowhere with 0."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    webhook_url = f"http://127.0.0.1:{webhook_port}/webhooks/stripe" if webhook_port else ""
    emulator = Emulator(Settings(webhook_url=webhook_url, webhook_secret=WEBHOOK_SECRET), url)
    with _app_for(emulator) as app:
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        provider = Provider(emulator, url)
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield provider
        await provider.http.aclose()
        emulator.faults.release()
        # Not through should_exit: uvicorn looks at that only every 0.1 s.
        await server.shutdown([listener])
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
