"""Schema migrations (alembic): one history per service, in the service's own package."""

from bunmart_chassis.migrations.history import (
    NAMING,
    Migrations,
    install_outbox,
    main,
    remove_outbox,
    wait_for_database,
)

__all__ = ["NAMING", "Migrations", "install_outbox", "main", "remove_outbox", "wait_for_database"]
