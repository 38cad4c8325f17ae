"""The life of orders in all services at once: any story ends well."""

import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import hypothesis
import pytest
import uvicorn
from bunmart_dev.postgres import Postgres
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.life.machine import Life, TimeIsOver
from tests.life.system import running_system
from tests.support import Databases, Tokens
from tests.support.effort import EFFORT

SECONDS = float(os.environ.get("LIFE_SECONDS", 40 * EFFORT))
"""Stories are begun for so long."""
SEEDS = [int(each) for each in os.environ.get("LIFE_SEEDS", "").replace(",", " ").split()]
"""Each is played for its share of the time; without any, seeds are drawn until the time is over."""
PHASES = (Phase.generate, Phase.shrink) if os.environ.get("LIFE_SHRINKS", "1") == "1" else (Phase.generate,)
STORIES = 25
"""Stories of a seed that was drawn."""
STEPS = 50
"""Steps of a story, of which some are several commands."""


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

        # Closed in any case: a loop with servers in it does not come to its end.
        try:
            runner.run(start())
            Life.runner, Life.steps, Life.done = runner, 0, Counter()
            yield Life
        finally:
            runner.run(stack.aclose())


@pytest.mark.timeout(36000)
def test_any_story_ends_well(life: type[Life], record_property: Callable[[str, object], None]) -> None:
    """All sides agree once it is quiet, whatever people, services and Stripe did, and in whatever order."""
    for seed, seconds, stories in _shares():
        before, life.ends = life.steps, time.monotonic() + seconds
        try:
            with contextlib.suppress(TimeIsOver):
                _play(life, seed, stories)
        except BaseException as error:
            error.add_note(f"Play it again: make life-search seeds={seed}")
            raise
        finally:
            record_property("figure", f"seed {seed}: {life.steps - before} steps in the life of orders")
    reached = ", ".join(f"{name} {count}" for name, count in sorted(life.done.items()))
    record_property("figure", f"{life.steps} steps in the life of orders; {reached}")


def _shares() -> Iterator[tuple[int, float, int]]:
    """Give each seed with its seconds and its stories."""
    for seed in SEEDS:
        yield seed, SECONDS / len(SEEDS), 100_000
    ends = time.monotonic() + SECONDS
    while not SEEDS and (left := ends - time.monotonic()) > 0:
        yield random.randrange(2**32), left, STORIES


def _play(life: type[Life], seed: int, stories: int) -> None:
    run_state_machine_as_test(
        hypothesis.seed(seed)(life),
        settings=settings(
            max_examples=stories,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
