"""Roles and databases of the services in the development Postgres."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import quote

import asyncpg
from bunmart_mesh.issuer.objects import IssuerError

from bunmart_dev.launcher.settings import database_name
from bunmart_dev.postgres.databases import ensure_database

_SUPERUSER = "postgres"
_LOCK = 0x62756E6D617274
"""Any number: whoever makes the databases holds the advisory lock of this name."""
_RETRY_SECONDS = 0.5
_UNREACHABLE = (OSError, TimeoutError, asyncpg.InterfaceError)


async def ensure_databases(
    postgres: str, password: str, roles: Mapping[str, str], *, patience: float
) -> None:
    """Wait for Postgres, then make the role and the database of each service; one run at a time.

    Args:
        postgres: Host and port.
        password: Of the superuser.
        roles: Password by service.
        patience: Seconds until Postgres must answer.

    Raises:
        IssuerError: It did not answer in time, refuses the password, or went away.
    """
    dsn = f"postgresql://{_SUPERUSER}:{quote(password, safe='')}@{postgres}/postgres"
    connection = await _connect(dsn, postgres, patience)
    try:
        # The server lets go of it when the connection ends, however this process ends.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for service, role_password in roles.items():
            name = database_name(service)
            await ensure_database(dsn, name, name, role_password)
    except (*_UNREACHABLE, asyncpg.PostgresError) as error:
        raise IssuerError(f"Postgres at {postgres} did not make the databases: {error!r}.") from error
    finally:
        await connection.close(timeout=1)


async def _connect(dsn: str, postgres: str, patience: float) -> "asyncpg.Connection[asyncpg.Record]":
    deadline = time.monotonic() + patience
    while True:
        try:
            return await asyncpg.connect(dsn, timeout=5)
        except asyncpg.InvalidPasswordError as error:
            raise IssuerError(
                f"Postgres at {postgres} refuses the password of its Secret: its data have another. Put that "
                "password back into the Secret, or delete the volume to begin with empty databases."
            ) from error
        except (*_UNREACHABLE, asyncpg.PostgresError) as error:
            if time.monotonic() > deadline:
                raise IssuerError(f"Postgres at {postgres} does not answer: {error or error!r}.") from error
            await asyncio.sleep(_RETRY_SECONDS)
