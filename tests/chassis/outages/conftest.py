"""The sample on a server that is killed."""

from collections.abc import AsyncIterator

import pytest
from bunmart_chassis.storage import outage

from tests.chassis.conftest import PACKAGE
from tests.support import ServiceHarness, StartService
from tests.support.crashes import CrashingServer, crashing_server


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[CrashingServer]:
    """A server that the tests of this file kill."""
    async with crashing_server(PACKAGE) as server:
        yield server


@pytest.fixture(autouse=True)
async def empty(server: CrashingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what another test left, and wait less long for the end of an outage."""
    monkeypatch.setattr(outage, "QUIET_SECONDS", 0.5)
    async with server.connection() as connection:
        await connection.execute(
            "TRUNCATE lines, idempotency_keys, pgqueuer, pgqueuer_log, pgqueuer_schedules"
        )


@pytest.fixture
async def sample(server: CrashingServer, start_service: StartService) -> ServiceHarness:
    """The sample on that server."""
    return await start_service(PACKAGE, database_url=server.url)
