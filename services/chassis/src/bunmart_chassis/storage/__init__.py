"""Postgres: tables are declared with SQLModel, statements written with SQLAlchemy Core and run by asyncpg.

A service states its queries in ``queries.py`` and runs them on a ``Database`` or in a ``UnitOfWork``.
"""

from bunmart_chassis.storage.database import Database, UnitOfWork
from bunmart_chassis.storage.statements import Command, Executor, Insert, Query, columns, table

__all__ = ["Command", "Database", "Executor", "Insert", "Query", "UnitOfWork", "columns", "table"]
