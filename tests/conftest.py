"""Fixtures for the tests of all services; README.md beside shows how they are used."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from bunmart_dev.postgres import Postgres, temporary
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.support import Databases, FakePeers, StartService, Tokens

# No test asserts a time, hypothesis included.
settings.register_profile("bunmart", deadline=None)
settings.load_profile("bunmart")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests record (``record_property("figure", …)``), such as the seeds of a search."""
    reports = [each for outcome in ("passed", "failed") for each in terminalreporter.stats.get(outcome, [])]
    for report in reports:
        for name, value in report.user_properties:
            if name == "figure" and report.when == "call":
                terminalreporter.write_line(str(value))


SHARED_SYSTEM = "tests/e2e/cases"
"""The files of this folder share one running system, so one process runs them all."""


class SharedSystemScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Shares the tests out by file, and the shared system's folder as if it were one file."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(f"{SHARED_SYSTEM}/"):
            return SHARED_SYSTEM
        return str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests out as ``--dist loadfile`` asks, with the shared system as one file."""
    return SharedSystemScheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> None:
    """Take the settings of a developer's shell away: services under test get theirs from the harness."""
    for name in [each for each in os.environ if each.startswith("BUNMART_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The Postgres server of the session: in memory, nothing is flushed."""
    with temporary(max_connections=300) as server:
        yield server


@pytest.fixture(scope="session")
async def databases(postgres: Postgres) -> AsyncIterator[Databases]:
    """Template databases of services and their copies."""
    databases = Databases(postgres)
    yield databases
    await databases.close()


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    """The key that signs access tokens, and the JWKS file of the services."""
    return Tokens(tmp_path_factory.mktemp("keys") / "jwks.json")


@pytest.fixture
def auth(tokens: Tokens) -> Callable[..., dict[str, str]]:
    """``auth("kitchen")``: the Authorization header of somebody with a role."""
    return tokens.auth


@pytest.fixture
async def peers() -> AsyncIterator[FakePeers]:
    """The fake peers that services of this test call."""
    peers = FakePeers()
    await peers.start()
    yield peers
    await peers.stop()


@pytest.fixture
async def start_service(
    databases: Databases, peers: FakePeers, tokens: Tokens
) -> AsyncIterator[Callable[..., Any]]:
    """``await start_service("order")``: a running service with a database of its own."""
    start = StartService(databases, peers, tokens)
    yield start
    await start.clean_up()
