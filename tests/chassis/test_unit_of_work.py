"""The unit of work of a call: all of it lasts together with the answer, or none of it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.storage import UnitOfWork

from tests.chassis.sample.calls import KEY, body, count
from tests.chassis.sample.service import CLEAR, LineAdded, LineRow, Sample, find
from tests.support import FakePeers, ServiceHarness


async def test_a_call_reads_what_it_wrote(sample: ServiceHarness, hooks: dict[str, Any]) -> None:
    line = body()
    found: list[LineRow] = []

    async def read(_: Sample, unit: UnitOfWork) -> None:
        product = UUID(line["product_id"])
        found.extend(await asyncio.gather(*(find(unit, product) for _ in range(3))))

    hooks["after"] = read
    answer = await sample.http.post("/api/lines", json=line)

    assert {str(row.id) for row in found} == {answer.json()["id"]}


@pytest.mark.parametrize("headers", [{}, KEY])
async def test_a_statement_beside_the_open_unit_is_refused(
    sample: ServiceHarness, hooks: dict[str, Any], headers: dict[str, str]
) -> None:
    async def read_beside(service: Sample, _: UnitOfWork) -> None:
        await service.find(uuid4())

    hooks["after"] = read_beside
    assert (await sample.http.post("/api/lines", json=body(), headers=headers)).status_code == 500

    hooks.clear()
    assert await count(sample, "lines") == 0
    assert (await sample.http.post("/api/lines", json=body(), headers=headers)).status_code == 201


async def test_a_second_unit_in_one_task_is_refused(sample: ServiceHarness) -> None:
    early = sample.database.unit()
    async with sample.database.transaction() as own:
        await own.execute("SELECT 1")
        with pytest.raises(RuntimeError, match="a unit of work is open"):
            await early.execute("SELECT 1")
        await early.rollback()
        with pytest.raises(RuntimeError, match="a unit of work is open"):
            await sample.database.execute("SELECT 1")

    assert await sample.database.fetch("SELECT 1")


async def test_a_peer_is_not_called_while_the_unit_is_open(
    sample: ServiceHarness, hooks: dict[str, Any], peers: FakePeers
) -> None:
    async def ask(service: Sample, _: UnitOfWork) -> None:
        await service.validate(str(uuid4()))

    hooks["after"] = ask
    assert (await sample.http.post("/api/lines", json=body())).status_code == 500

    assert peers.calls("ValidateUser") == []
    assert await count(sample, "lines") == 0


@pytest.mark.parametrize("headers", [{}, KEY])
async def test_a_refusal_undoes_every_statement_of_its_call(
    sample: ServiceHarness, hooks: dict[str, Any], headers: dict[str, str]
) -> None:
    line = body()

    async def write_and_refuse(_: Sample, unit: UnitOfWork) -> None:
        assert await CLEAR.run(unit, which=UUID(line["product_id"])) == 1
        raise NotFoundError("No.")

    await sample.http.post("/api/lines", json=line)
    hooks["after"] = write_and_refuse
    assert (await sample.http.post("/api/lines", json=body(), headers=headers)).status_code == 404

    rows = await sample.database.fetch("SELECT colour FROM lines")
    assert [row["colour"] for row in rows] == ["red"]


async def test_what_stands_before_the_unit_outlives_the_refusal_of_its_call(
    sample: ServiceHarness, hooks: dict[str, Any]
) -> None:
    async def note_and_refuse(unit: UnitOfWork) -> None:
        await unit.rollback()
        async with sample.database.transaction() as first:
            first.enqueue(LineAdded(uuid4()), delay_seconds=3600)
        raise NotFoundError("No.")

    hooks["inside"] = note_and_refuse
    assert (await sample.http.post("/api/lines", json=body(), headers=KEY)).status_code == 404

    assert (await count(sample, "lines"), await count(sample, "pgqueuer")) == (0, 1)
