"""Postgres: tables are declared with SQLModel, statements written with SQLAlchemy Core and run by asyncpg.

A service states its queries in ``queries.py`` and runs them on a ``Database`` or in a ``UnitOfWork``.
"""

from bunmart_chassis.storage.connections import SESSION, PooledConnection, connect
from bunmart_chassis.storage.constraints import Refusal, in_use, missing, refused, taken, unknown
from bunmart_chassis.storage.database import Database
from bunmart_chassis.storage.open_unit import require_no_unit
from bunmart_chassis.storage.outage import Outage
from bunmart_chassis.storage.statements import Command, Executor, Insert, Query, columns, table
from bunmart_chassis.storage.unit_of_work import UnitOfWork

__all__ = [
    "SESSION",
    "Command",
    "Database",
    "Executor",
    "Insert",
    "Outage",
    "PooledConnection",
    "Query",
    "Refusal",
    "UnitOfWork",
    "columns",
    "connect",
    "in_use",
    "missing",
    "refused",
    "require_no_unit",
    "table",
    "taken",
    "unknown",
]
