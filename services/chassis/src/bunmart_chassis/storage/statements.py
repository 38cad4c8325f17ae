"""SQL statements: SQLAlchemy Core expressions over SQLModel tables, compiled once, at import.

A query becomes its text and parameter order, is run by asyncpg, and its row is read into a msgspec struct.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from bunmart_chassis.storage.decoding import row_decoder

Row = TypeVar("Row")
_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]


class Executor(Protocol):
    """Runs a statement: the database (a connection of its own each time) or a unit of work."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run and return all rows."""

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Run and return the first row."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run and return the command tag."""

    async def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> None:
        """Run once per tuple of arguments."""


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a SQLModel class."""
    return cast("sa.Table", model.__table__)  # type: ignore[attr-defined]


def columns(model: type[SQLModel], row: type[msgspec.Struct]) -> list[sa.Column[Any]]:
    """The table's columns in the order of the struct's fields; a field without a column is a KeyError."""
    found = table(model).c
    return [found[field.name] for field in msgspec.structs.fields(row)]


class _Compiled:
    def __init__(self, expression: sa.Executable) -> None:
        compiled = cast("sa.ClauseElement", expression).compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self.order: tuple[str, ...] = tuple(compiled.positiontup or ())  # type: ignore[attr-defined]
        binds = compiled.binds  # type: ignore[attr-defined]
        self._defaults = {key: binds[key].effective_value for key in self.order if not binds[key].required}

    def arguments(self, params: Mapping[str, Any]) -> list[Any]:
        defaults = self._defaults
        return [params[name] if name in params else defaults[name] for name in self.order]


class Query(_Compiled, Generic[Row]):
    """A statement that returns rows, each read into ``row``.

    Column order must equal the struct's field order (``columns`` gives it); that is checked here, at import.

    Args:
        expression: Selects or returns rows.
        row: A struct with a field per column, or the type of the only column (``int``, ``UUID``).
    """

    def __init__(self, expression: sa.Executable, row: type[Row]) -> None:
        super().__init__(expression)
        self._decode = row_decoder(expression, row)

    async def first(self, executor: Executor, **params: Any) -> Row | None:
        """Return the first row, or None."""
        record = await executor.fetchrow(self.sql, *self.arguments(params))
        return None if record is None else self._decode(record)

    async def one(self, executor: Executor, **params: Any) -> Row:
        """Return the row of a statement that always has one, such as a count.

        Raises:
            LookupError: There is none.
        """
        record = await executor.fetchrow(self.sql, *self.arguments(params))
        if record is None:
            raise LookupError(f"no row: {self.sql}")
        return self._decode(record)

    async def all(self, executor: Executor, **params: Any) -> list[Row]:
        """Return all rows."""
        decode = self._decode
        return [decode(record) for record in await executor.fetch(self.sql, *self.arguments(params))]


class Command(_Compiled):
    """A statement that returns no rows."""

    async def run(self, executor: Executor, **params: Any) -> int:
        """Run it; returns how many rows it touched."""
        tag = await executor.execute(self.sql, *self.arguments(params))
        return int(tag.rsplit(" ", 1)[-1])

    async def run_many(self, executor: Executor, params: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each set of parameters, in one round trip."""
        await executor.executemany(self.sql, [self.arguments(each) for each in params])


class Insert(Command):
    """Inserts structs whose fields are the table's columns."""

    def __init__(
        self, model: type[SQLModel], row: type[msgspec.Struct], *, ignore_conflict: bool = False
    ) -> None:
        names = [column.name for column in columns(model, row)]
        statement = insert(table(model)).values({name: sa.bindparam(name) for name in names})
        super().__init__(statement.on_conflict_do_nothing() if ignore_conflict else statement)
        self._read = operator.attrgetter(*self.order) if len(self.order) > 1 else None

    def _values(self, row: msgspec.Struct) -> Sequence[Any]:
        return self._read(row) if self._read else [getattr(row, self.order[0])]

    async def add(self, executor: Executor, row: msgspec.Struct) -> int:
        """Insert one row; returns 0 when a conflict was ignored."""
        tag = await executor.execute(self.sql, *self._values(row))
        return int(tag.rsplit(" ", 1)[-1])

    async def add_all(self, executor: Executor, rows: Iterable[msgspec.Struct]) -> None:
        """Insert several rows in one round trip."""
        await executor.executemany(self.sql, [self._values(row) for row in rows])
