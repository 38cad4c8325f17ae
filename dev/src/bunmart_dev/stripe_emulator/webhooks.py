"""Signed webhooks, delivered at least once: https://docs.stripe.com/webhooks."""

import asyncio
import contextlib
import hashlib
import hmac
import logging
import time
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from bunmart_dev.stripe_emulator.deliveries import Delivery, DeliveryQueue
from bunmart_dev.stripe_emulator.faults import FaultInjector
from bunmart_dev.stripe_emulator.objects import Event
from bunmart_dev.stripe_emulator.store import Store

_log = logging.getLogger(__name__)

_CONCURRENCY = 16
_TIMEOUT_SECONDS = 20.0
_REORDER_SECONDS = 1.0


def signature_header(payload: bytes, secret: str, timestamp: int) -> str:
    """Return the ``Stripe-Signature`` header of a payload."""
    signed = b"%d.%b" % (timestamp, payload)
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class WebhookDispatcher:
    """Sends what is due, beside the requests; use it as an async context manager."""

    def __init__(self, store: Store, queue: DeliveryQueue, faults: FaultInjector) -> None:
        self._store = store
        self._queue = queue
        self._faults = faults
        self._in_flight: dict[int, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            connector=aiohttp.TCPConnector(limit=_CONCURRENCY),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._loop = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tasks = [self._loop, *self._in_flight.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def _run(self) -> None:
        while True:
            self._queue.changed.clear()
            moment = time.time()
            due = [
                delivery
                for delivery in self._queue.due(moment, _CONCURRENCY + len(self._in_flight))
                if delivery.seq not in self._in_flight
            ]
            if window := self._faults.faults.webhook_reorder:
                await self._send_reversed(due, window)
            else:
                for delivery in due[: _CONCURRENCY - len(self._in_flight)]:
                    self._start(delivery)
            await self._pause(moment)

    def _start(self, delivery: Delivery) -> asyncio.Task[None]:
        task = asyncio.create_task(self._deliver(delivery))
        self._in_flight[delivery.seq] = task
        task.add_done_callback(lambda _: self._finish(delivery.seq))
        return task

    def _finish(self, seq: int) -> None:
        del self._in_flight[seq]
        self._queue.changed.set()

    async def _send_reversed(self, due: list[Delivery], window: int) -> None:
        if not due or (len(due) < window and time.time() - due[0].created < _REORDER_SECONDS):
            return
        for delivery in sorted(due, key=lambda delivery: -delivery.seq):
            await self._start(delivery)

    async def _pause(self, moment: float) -> None:
        next_due = self._queue.next_due(moment)
        seconds = None if next_due is None else max(next_due - time.time(), 0.001)
        if self._faults.faults.webhook_reorder:
            seconds = min(seconds or 0.1, 0.1)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.changed.wait(), seconds)

    async def _deliver(self, delivery: Delivery) -> None:
        endpoint = self._queue.endpoint(delivery.endpoint)
        event = self._store.find(Event, delivery.event)
        if endpoint is None or event is None:
            self._queue.acknowledge(delivery)
            return
        event.pending_webhooks = self._queue.pending(event.id)
        failure = await self._post(endpoint.url, endpoint.secret, msgspec.json.encode(event))
        if failure is None:
            self._queue.acknowledge(delivery)
            return
        pause = self._queue.retry(delivery)
        _log.log(
            logging.WARNING if pause is None or delivery.attempts == 0 else logging.DEBUG,
            "webhook %s %s to %s failed (%s), %s",
            event.type,
            event.id,
            endpoint.url,
            failure,
            "given up" if pause is None else f"next attempt in {pause:g} s",
        )

    async def _post(self, url: str, secret: str, payload: bytes) -> str | None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(payload, secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            async with self._session.post(
                url, data=payload, headers=headers, allow_redirects=False
            ) as response:
                await response.read()
                return None if 200 <= response.status < 300 else f"status {response.status}"  # noqa: PLR2004
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return str(error) or type(error).__name__
