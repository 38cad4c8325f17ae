"""A search for secrets in what is kept: every table of a database, as text."""

from collections.abc import Iterable

from bunmart_chassis.storage import Database


async def places_of(database: Database, secrets: Iterable[str]) -> list[str]:
    """Return the tables that hold one of the secrets in any column, in clear, as bytes or within a document."""
    wanted = sorted({each for each in secrets if each})
    assert wanted, "a search for nothing finds nothing"
    tables = await database.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    assert tables
    found = []
    for table in tables:
        name = table["name"]
        rows = await database.fetch(f"SELECT * FROM {name}")
        kept = "\n".join(_text(value) for row in rows for value in row.values())
        found += [name for each in wanted if each in kept]
    return found


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
