"""The end of an outage, and what the log says of it."""

import logging

import pytest
from bunmart_chassis.storage import outage

from tests.support import ServiceHarness, until

OUTAGE_LOG = outage.__name__


async def all_done(sample: ServiceHarness) -> bool:
    return not await sample.database.fetch("SELECT id FROM pgqueuer")


async def nothing_left(sample: ServiceHarness) -> None:
    """Wait until every job has run to its end."""
    await until(lambda: sample.service.readiness.ready, timeout=20)
    await until(lambda: all_done(sample), timeout=30)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.name for record in caplog.records if record.levelno >= logging.WARNING]


async def outage_over(caplog: pytest.LogCaptureFixture) -> None:
    """Wait until the log says that the outage is over."""
    await until(lambda: "the database answers again" in (caplog.messages or [""])[-1], timeout=10)
