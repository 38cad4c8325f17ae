"""What administrators keep: prices, campaigns, discounts, coupons."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from bunmart_chassis.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of
from bunmart_chassis.storage import Database

from bunmart_pricing.queries import Entity

Row = TypeVar("Row", bound=msgspec.Struct)


class Catalogue(Generic[Row]):
    """Create, read, change and delete one kind of entity.

    A change locks the row, so that two at the same time come one after the other.

    Args:
        database: The service's.
        entity: Its statements.
        row: Its struct.
        noun: What it is called in an error.
    """

    def __init__(self, database: Database, entity: Entity[Row], row: type[Row], noun: str) -> None:
        self._database = database
        self._entity = entity
        self._row = row
        self._noun = noun

    async def create(self, values: Mapping[str, Any]) -> Row:
        """Add one.

        Raises:
            AlreadyExistsError: Its product has a price (PRICE_EXISTS), its code is taken (COUPON_EXISTS).
            InvalidArgumentError: There is no such campaign.
        """
        now = datetime.now(UTC)
        row = self._row(id=new_id(), created_at=now, updated_at=now, **values)
        with self._refusals():
            async with self._database.transaction() as unit:
                await self._entity.add.add(unit, row)
        return row

    async def get(self, row_id: UUID) -> Row:
        """Read one (NOT_FOUND)."""
        return self._found(await self._entity.by_id.first(self._database, id=row_id), row_id)

    async def list_page(self, *, size: int, after: UUID | None) -> Page[Row]:
        """Read a page, newest first."""
        query = self._entity.next_page if after else self._entity.first_page
        rows = await query.all(self._database, after=after, limit=size + 1)
        return page_of(rows, size, lambda row: row.id)  # type: ignore[attr-defined]

    async def change(self, row_id: UUID, values: Mapping[str, Any]) -> Row:
        """Replace one's values (NOT_FOUND, and what ``create`` refuses)."""
        with self._refusals():
            async with self._database.transaction() as unit:
                row = self._found(await self._entity.for_update.first(unit, id=row_id), row_id)
                changed = msgspec.structs.replace(row, **values, updated_at=datetime.now(UTC))
                await self._entity.change.run(unit, row_id=row_id, **msgspec.structs.asdict(changed))
        return changed

    async def remove(self, row_id: UUID) -> None:
        """Delete one (NOT_FOUND)."""
        async with self._database.transaction() as unit:
            if not await self._entity.remove.run(unit, id=row_id):
                raise self._missing(row_id)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Say in the caller's words which constraint stands in the way."""
        try:
            yield
        except asyncpg.UniqueViolationError:
            raise AlreadyExistsError(
                f"There is such a {self._noun} already.", code=f"{self._noun.upper()}_EXISTS"
            ) from None
        except asyncpg.ForeignKeyViolationError:
            raise InvalidArgumentError.field("campaign_id", "is not a campaign") from None

    def _found(self, row: Row | None, row_id: UUID) -> Row:
        if row is None:
            raise self._missing(row_id)
        return row

    def _missing(self, row_id: UUID) -> NotFoundError:
        return NotFoundError(f"No {self._noun} {row_id}.", code=f"{self._noun.upper()}_NOT_FOUND")
