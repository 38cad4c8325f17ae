"""The emulator's parts, put together."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from bunmart_dev.stripe_emulator.answers import Answer
from bunmart_dev.stripe_emulator.deliveries import DeliveryQueue
from bunmart_dev.stripe_emulator.executor import ApiRequest, Executor
from bunmart_dev.stripe_emulator.faults import FaultInjector, Faults
from bunmart_dev.stripe_emulator.objects import WebhookEndpoint, now
from bunmart_dev.stripe_emulator.operations import Call, Operation
from bunmart_dev.stripe_emulator.settings import Settings
from bunmart_dev.stripe_emulator.store import Store
from bunmart_dev.stripe_emulator.webhooks import WebhookDispatcher

_CONFIGURED_ENDPOINT = "we_environment"


class Emulator:
    """One account in test mode."""

    def __init__(self, settings: Settings, base_url: str) -> None:
        self.store = Store(settings.state)
        self.faults = FaultInjector()
        self.queue = DeliveryQueue(self.store, self.faults)
        self._configure_endpoint(settings)
        self.executor = Executor(self.store, self.queue, base_url)
        self._base_url = base_url
        self.dispatcher = WebhookDispatcher(self.store, self.queue, self.faults)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Deliver webhooks inside the block, and close the store after it."""
        try:
            async with self.dispatcher:
                yield
        finally:
            self.store.close()

    def set_faults(self, faults: Faults) -> None:
        """Replace all faults."""
        self.faults.set(faults)
        self.queue.changed.set()

    def run(self, operation: Operation, object_id: str, parameters: dict[str, Any] | None = None) -> Answer:
        """Run an operation that did not come over Stripe's API."""
        call = Call(parameters or {}, self.store, self.queue, self._base_url, object_id)
        with self.store.transaction():
            answer, _ = self.executor.run(call, operation, ApiRequest("POST", "", b""))
        return answer

    def _configure_endpoint(self, settings: Settings) -> None:
        if not settings.webhook_url:
            self.store.delete(_CONFIGURED_ENDPOINT)
            self.queue.forget_endpoint(_CONFIGURED_ENDPOINT)
            return
        self.store.save(
            WebhookEndpoint(
                id=_CONFIGURED_ENDPOINT,
                created=now(),
                description="From the environment",
                enabled_events=list(settings.webhook_events),
                secret=settings.webhook_secret,
                url=settings.webhook_url,
            )
        )
        self.queue.refresh()
