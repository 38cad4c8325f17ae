"""Statements, rows and the unit of work."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import sqlalchemy as sa
from bunmart_chassis.errors import DATABASE_UNAVAILABLE, from_exception
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Database, Query, columns

from tests.chassis.conftest import PACKAGE
from tests.chassis.sample.models import Colour, Line
from tests.chassis.sample.service import ADD, CLEAR, COUNT, FIND, LINES, LineAdded, LineRow
from tests.support import Databases, ServiceHarness


def line(product: UUID | None = None) -> LineRow:
    return LineRow(new_id(), product or uuid4(), 3, "naïve", Decimal("1.50"), Colour.red, {"a": "b"})


async def test_a_row_comes_back_as_it_was(shared: ServiceHarness) -> None:
    row = line()

    assert await ADD.add(shared.database, row) == 1
    found = await FIND.first(shared.database, product_id=row.product_id)

    assert found == row
    assert isinstance(found.colour, Colour)
    assert await FIND.first(shared.database, product_id=uuid4()) is None


async def test_values_of_a_statement_are_kept_even_when_they_are_null(shared: ServiceHarness) -> None:
    row = line()
    await ADD.add(shared.database, row)

    assert await CLEAR.run(shared.database, which=row.product_id) == 1

    found = await FIND.first(shared.database, product_id=row.product_id)
    assert found == msgspec.structs.replace(row, extra=None, colour=Colour.blue)
    with pytest.raises(KeyError):
        await CLEAR.run(shared.database, product_id=row.product_id)


def test_a_struct_that_does_not_fit_its_query_is_refused_at_import() -> None:
    class Swapped(msgspec.Struct):
        product_id: UUID
        id: UUID

    with pytest.raises(TypeError, match="Swapped has fields"):
        Query(sa.select(LINES.c.id, LINES.c.product_id), Swapped)
    with pytest.raises(KeyError):
        columns(Line, msgspec.defstruct("Stranger", [("nothing", int)]))


async def test_lists_of_words_and_structs_are_read(shared: ServiceHarness) -> None:
    class Part(msgspec.Struct):
        name: str

    class Row(msgspec.Struct):
        colours: list[Colour]
        parts: list[Part] | None
        one: Part | None

    query = Query(
        sa.select(
            sa.literal_column("ARRAY['red', 'blue']").label("colours"),
            sa.literal_column("""'[{"name": "a"}]'::jsonb""").label("parts"),
            sa.literal_column("NULL::jsonb").label("one"),
        ),
        Row,
    )

    assert await query.first(shared.database) == Row([Colour.red, Colour.blue], [Part("a")], None)


async def test_what_raises_takes_rows_and_jobs_with_it(sample: ServiceHarness) -> None:
    async def add_and_break() -> None:
        async with sample.database.transaction() as unit:
            await ADD.add(unit, line())
            unit.enqueue(LineAdded(uuid4()))
            await unit.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_break()

    assert await sample.database.fetch("SELECT 1 FROM lines") == []
    assert await sample.database.fetch("SELECT 1 FROM pgqueuer") == []


async def test_a_lost_race_leaves_the_first(shared: ServiceHarness) -> None:
    product = uuid4()
    await ADD.add(shared.database, line(product))

    with pytest.raises(asyncpg.UniqueViolationError, match="uq_lines_product_id"):
        await ADD.add_all(shared.database, [line(), line(product)])

    rows: list[Any] = await shared.database.fetch("SELECT 1 FROM lines WHERE product_id = $1", product)
    assert len(rows) == 1


async def test_a_statement_that_waits_for_an_open_unit_is_refused_instead(shared: ServiceHarness) -> None:
    async with shared.database.transaction() as unit:
        await FIND.first(unit, product_id=uuid4())
        with pytest.raises(RuntimeError, match="a unit of work is open"):
            await FIND.first(shared.database, product_id=uuid4())
        with pytest.raises(RuntimeError, match="a unit of work is open"):
            shared.database.unit()

    assert await FIND.first(shared.database, product_id=uuid4()) is None


async def test_a_unit_that_ended_takes_no_further_statement(shared: ServiceHarness) -> None:
    async with shared.database.transaction() as unit:
        await FIND.first(unit, product_id=uuid4())

    with pytest.raises(RuntimeError, match="has ended"):
        await FIND.first(unit, product_id=uuid4())


async def test_a_unit_without_a_statement_takes_no_connection(databases: Databases) -> None:
    # Nobody listens there: any statement would fail.
    nowhere = Database.create("postgresql://nobody@127.0.0.1:1/none", max_size=1, name="test")
    async with nowhere.transaction() as unit:
        assert not unit.is_open


async def test_as_many_units_as_connections_do_not_wait_for_each_other(databases: Databases) -> None:
    name = await databases.create(PACKAGE)
    database = Database.create(databases.url(name), max_size=2, name="test")
    await database.pool
    everybody_is_in = asyncio.Barrier(2)

    async def write_twice() -> None:
        async with database.transaction() as unit:
            await ADD.add(unit, line())
            await everybody_is_in.wait()
            await ADD.add(unit, line())

    async with asyncio.timeout(30):
        await asyncio.gather(*(write_twice() for _ in range(2)))

    assert await COUNT.one(database) == 4
    await database.close()
    await databases.drop(name)


async def test_a_query_without_a_row_says_so(shared: ServiceHarness) -> None:
    nothing = Query(sa.select(LINES.c.quantity).where(sa.false()), int)

    with pytest.raises(LookupError, match="no row"):
        await nothing.one(shared.database)


def test_a_scalar_query_returns_one_column() -> None:
    with pytest.raises(TypeError, match="returns one column"):
        Query(sa.select(LINES.c.quantity, LINES.c.id), int)


@pytest.mark.parametrize(
    "thrown",
    [
        RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed"),
        AttributeError("'NoneType' object has no attribute 'is_closing'"),
        TimeoutError(),
    ],
)
@pytest.mark.parametrize("method", ["fetch", "fetchrow", "execute", "executemany"])
async def test_whatever_a_lost_connection_throws_is_unavailable(
    sample: ServiceHarness, monkeypatch: pytest.MonkeyPatch, thrown: Exception, method: str
) -> None:
    async def lose(connection: asyncpg.Connection, *_: Any, **__: Any) -> None:
        connection.terminate()
        raise thrown

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, method, lose)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError) as raised:
            await getattr(sample.database, method)("SELECT 1", *[[]] * (method == "executemany"))

    assert from_exception(raised.value).code == DATABASE_UNAVAILABLE
    assert len(await sample.database.fetch("SELECT 1")) == 1
