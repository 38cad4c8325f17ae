"""Jobs that failed for good: an admin sees them in pages and puts one back, once."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from bunmart_chassis.errors import InvalidArgumentError

from tests.chassis.sample.service import LineAdded
from tests.support import HeldJobError, ServiceHarness, problem, read_pages

HELD = "/api/ops/sample/held-jobs"
Auth = Callable[..., dict[str, str]]


@pytest.fixture
def tries(hooks: dict[str, Any]) -> list[LineAdded]:
    """The tries of all jobs; each job is refused for good at its first."""
    seen: list[LineAdded] = []

    async def refuse_once(job: LineAdded) -> None:
        seen.append(job)
        if seen.count(job) == 1:
            raise InvalidArgumentError("Never.")

    hooks["job"] = refuse_once
    return seen


async def hold(sample: ServiceHarness, count: int = 1, *, dedupe_key: str | None = None) -> list[int]:
    """Make jobs that are held and return their numbers, newest first."""
    async with sample.database.transaction() as unit:
        for _ in range(count):
            unit.enqueue(LineAdded(uuid4()), dedupe_key=dedupe_key)
    with pytest.raises(HeldJobError, match=r"InvalidArgumentError: Never\."):
        await sample.settle()
    rows = await sample.database.fetch("SELECT id FROM pgqueuer WHERE status = 'failed' ORDER BY id DESC")
    return [row["id"] for row in rows]


async def test_what_a_retry_cannot_mend_is_held_shown_and_redriven(
    sample: ServiceHarness, tries: list[LineAdded], auth: Auth
) -> None:
    [number] = await hold(sample)
    assert len(tries) == 1

    page = (await sample.http.get(HELD, headers=auth("admin"))).json()
    [held] = page["items"]
    assert (held["id"], held["name"], held["attempts"]) == (number, "LineAdded", 0)
    assert (held["error"], page["next_page_token"]) == ("Never.", "")
    redriven = await sample.http.post(f"{HELD}/{number}/redrive", headers=auth("admin"))
    assert (redriven.status_code, redriven.json()) == (200, {"redriven": 1})
    await sample.run_delayed()

    assert len(tries) == 2
    assert (await sample.http.get(HELD, headers=auth("admin"))).json()["items"] == []


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_held_jobs_are_listed_in_pages_newest_first(
    sample: ServiceHarness, tries: list[LineAdded], auth: Auth, size: int
) -> None:
    numbers = await hold(sample, 5)

    seen = await read_pages(sample.http, HELD, headers=auth("admin"), size=size)

    assert len(tries) == 5
    assert [each["id"] for each in seen] == numbers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page_size": "-1"}, "page_size"),
        ({"page_size": "many"}, "page_size"),
        ({"page_token": "%%"}, "page_token"),
        ({"page_token": "InNvbWUtdGV4dCI"}, "page_token"),
    ],
)
async def test_a_page_that_cannot_be_is_refused_by_field(
    shared: ServiceHarness, auth: Auth, query: dict[str, str], field: str
) -> None:
    refused = problem(await shared.http.get(HELD, params=query, headers=auth("admin")))

    assert (refused["status"], refused["errors"][0]["field"]) == (400, field)


async def test_a_repeat_under_one_key_gives_the_first_answer(
    sample: ServiceHarness, tries: list[LineAdded], auth: Auth
) -> None:
    [number] = await hold(sample)
    headers = {**auth("admin"), "idempotency-key": str(uuid4())}

    answers = [await sample.http.post(f"{HELD}/{number}/redrive", headers=headers)]
    await sample.run_delayed()
    answers.append(await sample.http.post(f"{HELD}/{number}/redrive", headers=headers))
    await sample.settle()

    assert [(each.status_code, each.json()) for each in answers] == [(200, {"redriven": 1})] * 2
    assert len(tries) == 2


async def test_a_second_redrive_says_where_the_job_is(
    sample: ServiceHarness, tries: list[LineAdded], auth: Auth
) -> None:
    [number] = await hold(sample)
    redrive = f"{HELD}/{number}/redrive"

    assert (await sample.http.post(redrive, headers=auth("admin"))).status_code == 200
    at_once = problem(await sample.http.post(redrive, headers=auth("admin")))
    await sample.run_delayed()
    after = problem(await sample.http.post(redrive, headers=auth("admin")))
    nothing = problem(await sample.http.post(f"{HELD}/{number + 1}/redrive", headers=auth("admin")))

    assert (at_once["status"], at_once["code"]) == (409, "JOB_NOT_HELD")
    assert at_once["metadata"]["status"] in {"queued", "picked", "successful"}
    assert (after["code"], after["metadata"]) == ("JOB_NOT_HELD", {"status": "successful"})
    assert after["detail"] == f"Job {number} is not held; its status is successful."
    assert (nothing["status"], nothing["code"]) == (404, "HELD_JOB_NOT_FOUND")
    assert len(tries) == 2


async def test_of_redrives_at_the_same_time_one_puts_the_job_back(
    sample: ServiceHarness, tries: list[LineAdded], auth: Auth
) -> None:
    [number] = await hold(sample)

    answers = await asyncio.gather(
        *(sample.http.post(f"{HELD}/{number}/redrive", headers=auth("admin")) for _ in range(8))
    )
    await sample.run_delayed()

    assert sorted(each.status_code for each in answers) == [200] + [409] * 7
    assert len(tries) == 2


async def test_a_job_whose_twin_waits_stays_held(
    sample: ServiceHarness, tries: list[LineAdded], auth: Auth
) -> None:
    [number] = await hold(sample, dedupe_key="same")
    async with sample.database.transaction() as unit:
        unit.enqueue(LineAdded(uuid4()), dedupe_key="same", delay_seconds=3600)

    refused = problem(await sample.http.post(f"{HELD}/{number}/redrive", headers=auth("admin")))

    assert (refused["status"], refused["code"]) == (409, "JOB_QUEUED_ALREADY")
    [held] = (await sample.http.get(HELD, headers=auth("admin"))).json()["items"]
    assert (held["id"], len(tries)) == (number, 1)


@pytest.mark.parametrize(
    ("role", "status"), [("", 401), ("customer", 403), ("kitchen", 403), ("driver", 403)]
)
async def test_only_admins_see_and_redrive_held_jobs(
    shared: ServiceHarness, auth: Auth, role: str, status: int
) -> None:
    headers = auth(role) if role else {}

    assert problem(await shared.http.get(HELD, headers=headers))["status"] == status
    assert problem(await shared.http.post(f"{HELD}/1/redrive", headers=headers))["status"] == status
