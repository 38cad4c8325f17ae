"""The rows of all services, to see what a command changed, and to begin anew."""

import asyncio
from collections import Counter
from collections.abc import Mapping

from bunmart_chassis.storage import Database

_NAMES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'pgqueuer%'
AND tablename NOT LIKE 'life_%' AND tablename NOT IN ('alembic_version', 'idempotency_keys')
ORDER BY tablename
"""
Rows = Counter[str]


class Tables:
    """The rows of all services.

    Args:
        databases: By the name of the service.
    """

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases
        self._reads: dict[str, str] = {}
        self._clears: dict[str, str] = {}

    async def keep_present(self) -> None:
        """Look which tables there are; those that have rows now keep them when the rest is cleared."""
        for name, database in self._databases.items():
            tables = [row["tablename"] for row in await database.fetch(_NAMES)]
            self._reads[name] = " UNION ALL ".join(
                f"SELECT '{name}.{table} ' || t::text AS line FROM {table} t" for table in tables
            )
            empty = [
                table for table in tables if not await database.fetchrow(f"SELECT 1 FROM {table} LIMIT 1")
            ]
            self._clears[name] = f"TRUNCATE {', '.join([*empty, 'idempotency_keys'])} CASCADE"

    async def clear(self) -> None:
        """Delete all rows that were made since."""
        await asyncio.gather(*(self._databases[name].execute(text) for name, text in self._clears.items()))

    async def rows(self) -> Rows:
        """Return all rows of all services as text."""
        found = await asyncio.gather(
            *(self._databases[name].fetch(text) for name, text in self._reads.items())
        )
        return Counter(row["line"] for rows in found for row in rows)
