"""The connections of pgqueuer: statements run on the pool, notifications come on one of their own."""

from typing import Self

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver, Relay
from pgqueuer.ports.driver import NotifyCallback


class ListeningDriver(AsyncpgPoolDriver):
    """Runs statements on a pool and listens on one connection; the worker opens and closes both.

    pgqueuer's own driver takes the listening connection from the pool, and its way to give it back fails when
    the server is gone.

    Args:
        pool: Runs the statements.
        listener: Receives the notifications.
    """

    def __init__(self, pool: asyncpg.Pool, listener: asyncpg.Connection) -> None:
        super().__init__(pool)
        self._listener = listener

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Call back for each notification on a channel."""
        await self._listener.add_listener(channel, Relay(callback))

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Call back no more."""
        await self._listener.remove_listener(channel, Relay(callback))

    async def __aenter__(self) -> Self:
        """Return itself; the connections are open already."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave the connections to the worker."""
