"""Customers: whose progress of which order it is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("production_orders", sa.Column("customer_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("production_orders", "customer_id")
