"""Postgres: SQLModel declares, SQLAlchemy Core expresses, asyncpg runs.

A query is a Core expression over SQLModel tables, compiled once at import to its text and parameter order,
run on a plain asyncpg pool, its row read into a msgspec struct. This is the only way a service touches
Postgres. The figures behind it are in docs/decisions/0001-core-on-asyncpg.md.
"""

import asyncio
import enum
import operator
import types
import typing
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlmodel import SQLModel

from bunmart_chassis.calls import current
from bunmart_chassis.outbox import JobPayload, enqueue_all, pending_job

if TYPE_CHECKING:
    from bunmart_chassis.idempotency import IdempotentCall

Row = TypeVar("Row")
_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]


class Executor(Protocol):
    """What runs a statement: the database (its own connection each time) or a unit of work."""

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
    """

    def __init__(self, expression: sa.Executable, row: type[Row]) -> None:
        super().__init__(expression)
        self._decode = _decoder(expression, row)

    async def first(self, executor: Executor, **params: Any) -> Row | None:
        """The first row, or None."""
        record = await executor.fetchrow(self.sql, *self.arguments(params))
        return None if record is None else self._decode(record)

    async def all(self, executor: Executor, **params: Any) -> list[Row]:
        """All rows."""
        decode = self._decode
        return [decode(record) for record in await executor.fetch(self.sql, *self.arguments(params))]


class Command(_Compiled):
    """A statement whose rows nobody reads."""

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
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - shadows nothing at module level

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


def _decoder(expression: sa.Executable, row: type[Row]) -> Callable[[asyncpg.Record], Row]:
    if not (isinstance(row, type) and issubclass(row, msgspec.Struct)):
        return lambda record: record[0]
    names = [column.name for column in _returned(expression)]
    fields = msgspec.structs.fields(row)
    if names != [field.name for field in fields]:
        raise TypeError(f"{row.__name__} has fields {[f.name for f in fields]}, the query returns {names}")
    converters = {index: c for index, field in enumerate(fields) if (c := _converter(field.type))}
    if not converters:
        return lambda record: row(*record)

    def decode(record: asyncpg.Record) -> Row:
        values = list(record)
        for index, convert in converters.items():
            if values[index] is not None:
                values[index] = convert(values[index])
        return row(*values)

    return decode


def _returned(expression: sa.Executable) -> Iterable[Any]:
    if isinstance(expression, sa.Select | sa.CompoundSelect):
        return expression.selected_columns
    return cast("Any", expression).exported_columns  # type: ignore[no-any-return]


def _converter(kind: Any) -> Callable[[Any], Any] | None:
    """How a column's value becomes the field's type, where asyncpg does not give it already."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next((c for each in typing.get_args(kind) if (c := _converter(each))), None)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    if any(
        isinstance(each, type) and issubclass(each, msgspec.Struct | enum.Enum)
        for each in typing.get_args(kind) or (kind,)
    ):
        return lambda value: msgspec.convert(value, kind)
    return None


class _Serial:
    """Runs one statement after the other, for tasks that share a connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        async with self._lock:
            return await self._connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        async with self._lock:
            return await self._connection.fetchrow(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        async with self._lock:
            return await self._connection.execute(query, *args)

    async def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> None:
        async with self._lock:
            await self._connection.executemany(query, args)


class UnitOfWork:
    """One transaction: statements and outbox jobs are committed together or not at all.

    Args:
        connection: On which the transaction is open.
        serial: Whether several tasks may run statements on it; the later ones wait.
    """

    def __init__(self, connection: asyncpg.Connection, *, serial: bool = False) -> None:
        self.connection = connection
        executor = _Serial(connection) if serial else connection
        self.fetch = executor.fetch
        self.fetchrow = executor.fetchrow
        self.execute = executor.execute
        self.executemany = executor.executemany
        self._jobs: list[Any] = []

    def enqueue(self, job: JobPayload, *, dedupe_key: str | None = None, delay_seconds: float = 0) -> None:
        """Write a job in this transaction; a worker runs it after the commit.

        Args:
            job: What to do; its class names the handler.
            dedupe_key: While a job with this key waits or runs, another one is skipped.
            delay_seconds: Not before so many seconds have passed.
        """
        self._jobs.append(pending_job(job, dedupe_key, delay_seconds))

    @contextmanager
    def jobs_of_block(self) -> Iterator[None]:
        """Forget the jobs of a block that raises: its statements are undone to a savepoint."""
        kept = len(self._jobs)
        try:
            yield
        except BaseException:
            del self._jobs[kept:]
            raise

    async def flush(self) -> None:
        """Send the jobs to Postgres. The database calls it before every commit."""
        if self._jobs:
            await enqueue_all(self.connection, self._jobs)
            self._jobs = []


class _Connection(asyncpg.Connection):
    """A pooled connection that is not reset on release: this pool never sees session state."""

    def get_reset_query(self) -> str:
        return ""


class Database:
    """A service's pool of connections. Statements run on it directly are their own transaction.

    Under an idempotency key they belong to the transaction of the call: what they write is committed together
    with the stored answer, and what the call wrote is read by them.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    def fetch(self, query: str, *args: Any) -> Coroutine[Any, Any, list[asyncpg.Record]]:
        """Run and return all rows."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.fetch(query, *args)
        return _run_in_call(self.pool, idempotent, "fetch", query, *args)

    def fetchrow(self, query: str, *args: Any) -> Coroutine[Any, Any, asyncpg.Record | None]:
        """Run and return the first row."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.fetchrow(query, *args)
        return _run_in_call(self.pool, idempotent, "fetchrow", query, *args)

    def execute(self, query: str, *args: Any) -> Coroutine[Any, Any, str]:
        """Run and return the command tag."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.execute(query, *args)
        return _run_in_call(self.pool, idempotent, "execute", query, *args)

    def executemany(self, query: str, args: Iterable[Sequence[Any]]) -> Coroutine[Any, Any, None]:
        """Run once per tuple of arguments."""
        idempotent = _open_call()
        if idempotent is None:
            return self.pool.executemany(query, args)
        return _run_in_call(self.pool, idempotent, "executemany", query, args)

    @classmethod
    def create(cls, url: str, *, max_size: int, name: str) -> "Database":
        """Prepare a pool; ``await database.pool`` connects it.

        Args:
            url: ``postgresql://role:password@host:port/database``.
            max_size: Upper bound of open connections.
            name: ``application_name``, for pg_stat_activity.
        """
        pool = asyncpg.create_pool(
            url,
            min_size=1,
            max_size=max_size,
            connection_class=_Connection,
            init=_init_connection,
            statement_cache_size=512,
            command_timeout=10,
            timeout=5,
            server_settings={"application_name": name, "jit": "off"},
        )
        return cls(pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Open the unit of work of a use case.

        Under an idempotency key the commit belongs to the call: it happens together with the stored answer,
        when the answer is known (``IdempotentCall``).
        """
        idempotent = _open_call()
        if idempotent is not None:
            async with idempotent.join() as unit:
                yield unit
            return
        async with self.pool.acquire() as connection, connection.transaction():
            unit = UnitOfWork(cast("asyncpg.Connection", connection))
            yield unit
            await unit.flush()


def _open_call() -> "IdempotentCall | None":
    call = current()
    return None if call is None else call.idempotent


async def _run_in_call(pool: Any, idempotent: "IdempotentCall", run: str, query: str, *args: Any) -> Any:
    """Run a statement of the database under an idempotency key: only what writes opens the transaction."""
    if query.startswith("SELECT"):
        return await getattr(idempotent.unit or pool, run)(query, *args)
    async with idempotent.join() as unit:
        return await getattr(unit, run)(query, *args)


async def _init_connection(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_json_text, decoder=msgspec.json.decode, format="text"
        )


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
