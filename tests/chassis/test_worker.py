"""The job worker starts again, whatever ends it."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from bunmart_chassis.jobs import Jobs, Worker
from bunmart_chassis.storage import Outage
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import FailingListenerError
from pgqueuer.queries import Queries

from tests.support import Databases


async def test_a_worker_whose_listener_failed_works_again(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.url(await databases.create_empty())
    connection = await asyncpg.connect(url)
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()
    probe, probes = QueueManager.listener_healthy, 0

    async def fail_once(manager: QueueManager, timeout: timedelta) -> Any:  # noqa: ASYNC109 - as the original
        nonlocal probes
        probes += 1
        if probes == 1:
            raise FailingListenerError
        return await probe(manager, timeout)

    monkeypatch.setattr(QueueManager, "listener_healthy", fail_once)
    worker = Worker(url, Jobs(), name="test", outage=Outage())
    running = asyncio.create_task(worker.run())

    async with asyncio.timeout(10):
        while probes < 2:  # noqa: ASYNC110 - the worker says nothing when it starts again
            await asyncio.sleep(0.05)

    worker.stop()
    await asyncio.wait_for(running, 5)
