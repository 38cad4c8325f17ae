"""The life of orders in all services at once: any story ends well."""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import hypothesis
import pytest
import uvicorn
from bunmart_dev.postgres import Postgres
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.life.machine import Life
from tests.life.system import running_system
from tests.support import Databases, Tokens
from tests.support.effort import EFFORT

SHRINKS = os.environ.get("LIFE_SHRINKS", "1") == "1"
EXAMPLES = 25
"""Stories of one seed."""
SECONDS = 40
"""Stories are begun for so long in ``make test``."""


@pytest.fixture
def life(postgres: Postgres, tokens: Tokens) -> Iterator[type[Life]]:
    """All services in a loop that runs only while a step of the machine lasts."""
    with (
        asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner,
        tempfile.TemporaryDirectory(prefix="life") as folder,
    ):
        stack = AsyncExitStack()
        databases = Databases(postgres)

        async def start() -> None:
            stack.push_async_callback(databases.close)
            Life.system = await stack.enter_async_context(running_system(databases, tokens, Path(folder)))

        runner.run(start())
        Life.runner, Life.steps = runner, 0
        yield Life
        runner.run(stack.aclose())


@pytest.mark.timeout(36000)
def test_any_story_ends_well(life: type[Life], record_property: Callable[[str, object], None]) -> None:
    """All sides agree once it is quiet, whatever people, services and Stripe did, and in whatever order."""
    seconds = float(os.environ.get("LIFE_SECONDS", SECONDS * EFFORT))
    seeds = [int(each) for each in os.environ.get("LIFE_SEEDS", "").split(",") if each]
    life.ends = time.monotonic() + seconds
    while time.monotonic() < life.ends:
        seed = seeds.pop(0) if seeds else random.randrange(2**32)
        before = life.steps
        story = hypothesis.seed(seed)(life)
        try:
            run_state_machine_as_test(
                story,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=50,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    print_blob=False,
                    phases=(Phase.generate, Phase.shrink) if SHRINKS else (Phase.generate,),
                ),
            )
        finally:
            record_property("figure", f"seed {seed}: {life.steps - before} steps in the life of orders")
