"""Faults on demand, counted or evenly spread so that a test meets the same ones every time."""

import asyncio
from typing import Annotated

import msgspec

from bunmart_dev.stripe_emulator.errors import ApiError

Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]

_HOLD_SECONDS = 80.0
"""Longer than the read timeout of Stripe's SDKs."""


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The faults to inject; zero is none."""

    latency_seconds: Seconds = 0
    """Every API request takes this much longer."""

    fail_next_requests: Count = 0
    """So many API requests are answered with 500 before anything happens; counts down."""

    error_rate_500: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0
    """The share of API requests answered with 500, evenly spread: 0.25 is each fourth."""

    timeout_after_commit: Count = 0
    """So many writing requests are carried out and never answered; counts down."""

    webhook_delay_seconds: Seconds = 0
    """Deliveries of new events start this much later."""

    webhook_duplicates: Count = 0
    """Every event is delivered so many times more."""

    webhook_reorder: Count = 0
    """Deliveries are gathered, so many or for one second, and sent in reverse order."""

    webhook_drop: Count = 0
    """So many deliveries are lost for ever; counts down."""


class FaultInjector:
    """Applies the faults that are set, and counts them down."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._owed = 0.0
        self._released = asyncio.Event()

    def set(self, faults: Faults) -> None:
        """Replace all faults."""
        self.faults = faults
        self._owed = 0.0

    def release(self) -> None:
        """Let go of held requests: the process is about to end."""
        self._released.set()

    async def before_request(self) -> None:
        """Delay the request or refuse it.

        Raises:
            ApiError: An injected 500.
        """
        faults = self.faults
        if faults.latency_seconds:
            await self._hold(faults.latency_seconds)
        self._owed += faults.error_rate_500
        if faults.fail_next_requests:
            faults.fail_next_requests -= 1
        elif self._owed >= 1:
            self._owed -= 1
        else:
            return
        raise ApiError("An injected error: nothing has happened.")

    async def after_commit(self) -> None:
        """Keep the answer back until the client has given up."""
        if self.faults.timeout_after_commit:
            self.faults.timeout_after_commit -= 1
            await self._hold(_HOLD_SECONDS)

    def copies(self) -> int:
        """Return how often the next delivery is to be made; 0 loses it."""
        if self.faults.webhook_drop:
            self.faults.webhook_drop -= 1
            return 0
        return 1 + self.faults.webhook_duplicates

    async def _hold(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._released.wait(), seconds)
        except TimeoutError:
            return
