"""The statements of a list: one for each combination of filters, with and without a token."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from bunmart_chassis.paging.page import Page, PageRequest
from bunmart_chassis.paging.page_token import decode_token, encode_token
from bunmart_chassis.storage import Executor, Query

Row = TypeVar("Row")
_LIMIT = "page_limit"


class PagedQuery(Generic[Row]):
    """A list that is read in the order of a key which never repeats (keyset pagination).

    The token carries the key of the last row, so the cost of a page does not depend on how far the reader has
    come, and rows that are inserted meanwhile move no other row to another page. A statement is compiled when
    its combination of filters is first asked for.

    Args:
        select: The rows, without order and limit; its columns are the fields of ``row``.
        row: The struct that a row is read into.
        order: The columns of the key. The last one is unique.
        descending: Newest first, where the key is an id: ids sort by creation (UUIDv7).
        filters: Condition by name. Its parameters have the name of the filter; it may have none.
        key: Reads the key from a row; left out where the row's fields have the names of the columns.
    """

    def __init__(
        self,
        select: sa.Select[Any],
        row: type[Row],
        *,
        order: Sequence[sa.ColumnElement[Any]],
        descending: bool = True,
        filters: Mapping[str, sa.ColumnElement[bool]] | None = None,
        key: Callable[[Row], object] | None = None,
    ) -> None:
        self._select = select
        self._row = row
        self._order = list(order)
        self._descending = descending
        self._filters = dict(filters or {})
        names = [column.key or "" for column in self._order]
        self._key = key or operator.attrgetter(*names)
        self._names = [f"after_{name}" for name in names]
        kinds = [column.type.python_type for column in self._order]
        self._kind: Any = kinds[0] if len(kinds) == 1 else tuple[tuple(kinds)]  # type: ignore[misc]
        self._queries: dict[frozenset[str], Query[Row]] = {}
        self._query(frozenset())  # a row that does not fit fails at import, as with any query

    async def page(self, executor: Executor, request: PageRequest, **filters: object) -> Page[Row]:
        """Read one page.

        Args:
            executor: Runs the statement.
            request: Size and token.
            filters: Value by filter; one that is None does not count. A filter without a parameter takes
                True.

        Raises:
            InvalidArgumentError: The token is not one of this list.
        """
        unknown = filters.keys() - self._filters.keys()
        if unknown:
            raise TypeError(f"this list has no filter {sorted(unknown)}")
        chosen = {name: value for name, value in filters.items() if value is not None}
        names = set(chosen)
        if request.token:
            names.add("after")
            chosen |= self._after(request.token)
        query = self._query(frozenset(names))
        # One row more than the page holds shows that there is a next page.
        rows = await query.all(executor, **{_LIMIT: request.size + 1}, **chosen)
        items = rows[: request.size]
        token = encode_token(self._key(items[-1])) if len(rows) > request.size else ""
        return Page(items=items, next_page_token=token)

    def _after(self, token: str) -> dict[str, Any]:
        key = decode_token(token, self._kind)
        return dict(zip(self._names, key if len(self._names) > 1 else [key], strict=True))

    def _query(self, names: frozenset[str]) -> Query[Row]:
        found = self._queries.get(names)
        if found is None:
            found = self._queries[names] = self._compile(names)
        return found

    def _compile(self, names: frozenset[str]) -> Query[Row]:
        conditions = [condition for name, condition in self._filters.items() if name in names]
        if "after" in names:
            conditions.append(self._beyond())
        order = [column.desc() if self._descending else column for column in self._order]
        limit = sa.bindparam(_LIMIT, type_=sa.Integer)
        return Query(self._select.where(*conditions).order_by(*order).limit(limit), self._row)

    def _beyond(self) -> sa.ColumnElement[bool]:
        binds = [
            sa.bindparam(name, type_=column.type)
            for name, column in zip(self._names, self._order, strict=True)
        ]
        here: Any = self._order[0] if len(binds) == 1 else sa.tuple_(*self._order)
        there: Any = binds[0] if len(binds) == 1 else sa.tuple_(*binds)
        beyond: sa.ColumnElement[bool] = here < there if self._descending else here > there
        return beyond
