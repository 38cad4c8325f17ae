"""The tables of the outbox; a service's first migration creates them."""

from importlib import resources
from typing import Any, cast


def install_outbox() -> None:
    """Create pgqueuer's tables; for a service's first migration."""
    from alembic import op  # noqa: PLC0415

    sql = (resources.files("bunmart_chassis.migrations") / "sql" / "pgqueuer_1_6.sql").read_text()
    raw = cast("Any", op.get_bind().connection.dbapi_connection)
    raw.run_async(lambda connection: connection.execute(sql))


def remove_outbox() -> None:
    """Drop what ``install_outbox`` made."""
    from alembic import op  # noqa: PLC0415

    op.execute("DROP TABLE pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics")
    op.execute("DROP FUNCTION fn_pgqueuer_changed")
    op.execute("DROP TYPE pgqueuer_status")
