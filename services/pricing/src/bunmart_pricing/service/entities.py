"""The entities that admins keep: prices, campaigns, discounts, coupons."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.storage import Database, Refusal, UnitOfWork, refused

from bunmart_pricing import domain
from bunmart_pricing.queries import EntityQueries

Row = TypeVar("Row", bound=msgspec.Struct)


class Entities(Generic[Row]):
    """Create, read, change and delete the entities of one kind.

    A change locks the row, so that two at the same time come one after the other.

    Args:
        database: The service's; for reads.
        queries: The statements of the kind.
        row: Its struct.
        kind: Its name, which errors carry: ``price`` gives PRICE_NOT_FOUND.
        refusals: What is told when a constraint of its table refuses a write.
    """

    def __init__(
        self,
        database: Database,
        queries: EntityQueries[Row],
        row: type[Row],
        kind: str,
        *refusals: Refusal,
    ) -> None:
        self._database = database
        self._queries = queries
        self._row = row
        self._kind = kind
        self._refusals = refusals

    async def get(self, entity_id: UUID) -> Row:
        """Read one.

        Raises:
            NotFoundError: There is none with this id (such as CAMPAIGN_NOT_FOUND).
        """
        return require_found(
            await self._queries.by_id.first(self._database, id=entity_id), self._kind, entity_id
        )

    async def list_page(self, page: PageRequest) -> Page[Row]:
        """Read a page, newest first."""
        return await self._queries.pages.page(self._database, page)

    async def create(self, unit: UnitOfWork, values: Mapping[str, Any]) -> Row:
        """Add one.

        Args:
            unit: Of the call.
            values: Value by column.

        Raises:
            AlreadyExistsError: Its product has a price (PRICE_EXISTS), or its code is taken (COUPON_EXISTS).
            InvalidArgumentError: There is no such campaign.
        """
        entity = domain.new_entity(self._row, new_id(), values, datetime.now(UTC))
        with refused(*self._refusals):
            await self._queries.add.add(unit, entity)
        return entity

    async def change(self, unit: UnitOfWork, entity_id: UUID, values: Mapping[str, Any]) -> Row:
        """Replace the values of one.

        Args:
            unit: Of the call.
            entity_id: Which.
            values: Value by column.

        Raises:
            NotFoundError: There is none with this id (such as PRICE_NOT_FOUND).
            AlreadyExistsError: Its product has a price (PRICE_EXISTS), or its code is taken (COUPON_EXISTS).
            InvalidArgumentError: There is no such campaign.
        """
        found = await self._queries.for_update.first(unit, id=entity_id)
        entity = require_found(found, self._kind, entity_id)
        changed = domain.changed_entity(entity, values, datetime.now(UTC))
        with refused(*self._refusals):
            await self._queries.change.run(unit, row_id=entity_id, **msgspec.structs.asdict(changed))
        return changed

    async def remove(self, unit: UnitOfWork, entity_id: UUID) -> None:
        """Delete one.

        Raises:
            NotFoundError: There is none with this id (such as PRICE_NOT_FOUND).
        """
        require_found(await self._queries.remove.first(unit, id=entity_id), self._kind, entity_id)
