"""Decoders: a row of Postgres becomes a struct, or the value of its only column."""

import enum
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import asyncpg
import msgspec
import sqlalchemy as sa

Row = TypeVar("Row")


def row_decoder(expression: sa.Executable, row: type[Row]) -> Callable[[asyncpg.Record], Row]:
    """Make the function that reads a record of a statement.

    Raises:
        TypeError: The statement's columns are not the struct's fields, or not the one column of a scalar.
    """
    names = [column.name for column in _returned(expression)]
    if not issubclass(row, msgspec.Struct):
        return _scalar_decoder(names, row)
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


def _scalar_decoder(names: list[str], kind: type[Row]) -> Callable[[asyncpg.Record], Row]:
    if len(names) != 1:
        raise TypeError(f"a query of {kind.__name__} returns one column, not {names}")
    convert = _converter(kind)
    if convert is None:
        return lambda record: record[0]
    return lambda record: convert(record[0])


def _returned(expression: sa.Executable) -> Iterable[Any]:
    if isinstance(expression, sa.Select | sa.CompoundSelect):
        return expression.selected_columns
    return cast("Any", expression).exported_columns  # type: ignore[no-any-return]


def _converter(kind: Any) -> Callable[[Any], Any] | None:
    """Return the function that makes the field's type of a column's value, where asyncpg does not do it."""
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
