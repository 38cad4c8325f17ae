"""Orders that need an admin: an index of these few, for the list that admins read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_orders_attention_id", "orders", ["id"], unique=False, postgresql_where=sa.text("attention <> ''")
    )


def downgrade() -> None:
    op.drop_index("ix_orders_attention_id", table_name="orders", postgresql_where=sa.text("attention <> ''"))
