"""Schema migrations (alembic): one history per service, in the service's own package.

``python -m bunmart_chassis.migrations upgrade order`` is what the migration Job runs; ``revision order
"title"`` writes a new migration from the difference between ``models.py`` and the database.
"""

from bunmart_chassis.migrations.history import NAMING, Migrations
from bunmart_chassis.migrations.outbox_tables import install_outbox, remove_outbox
from bunmart_chassis.migrations.waiting import wait_for_database

__all__ = ["NAMING", "Migrations", "install_outbox", "remove_outbox", "wait_for_database"]
