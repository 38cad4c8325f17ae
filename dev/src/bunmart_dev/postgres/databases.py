"""Roles and databases, one pair a service, closed to everyone else."""

import asyncpg


async def ensure_database(superuser_dsn: str, name: str, role: str, password: str) -> None:
    """Make a login role and its database when missing, on any server, and revoke everyone else's CONNECT.

    Args:
        superuser_dsn: DSN of a role that may create roles and databases.
        name: The database.
        role: Its owner.
        password: Set on the role, also when it exists.
    """
    connection = await asyncpg.connect(superuser_dsn)
    try:
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        await _run(connection, f"{'ALTER' if known else 'CREATE'} ROLE %I LOGIN PASSWORD %L", role, password)
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            if not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
                # A managed server's administrator creates for others only as their member.
                await _run(connection, "GRANT %I TO CURRENT_USER", role)
            await _run(connection, "CREATE DATABASE %I OWNER %I", name, role)
        await _run(connection, "REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC", name)
    finally:
        await connection.close()


async def _run(connection: "asyncpg.Connection[asyncpg.Record]", template: str, *names: str) -> None:
    # These statements take no parameters; the server itself quotes what goes into them.
    places = ", ".join(f"${index + 2}::text" for index in range(len(names)))
    await connection.execute(await connection.fetchval(f"SELECT format($1, {places})", template, *names))
