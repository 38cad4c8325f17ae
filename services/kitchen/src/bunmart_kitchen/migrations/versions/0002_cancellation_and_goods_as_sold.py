"""Cancellation, and the goods as they were sold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_known_orders")),
    )
    for column in ("order_number", "order_note", "cancel_reason"):
        op.add_column("production_orders", sa.Column(column, sa.Text(), server_default="", nullable=False))
    op.alter_column("production_orders", "user_order_id", existing_type=sa.Uuid(), nullable=True)
    op.drop_constraint(op.f("ck_production_orders_phase"), "production_orders", type_="check")
    op.create_check_constraint(
        op.f("ck_production_orders_phase"),
        "production_orders",
        "phase IN ('PREPARING', 'BAKING', 'COMPLETED', 'CANCELLED')",
    )
    for column in ("name", "note"):
        op.add_column(
            "production_order_lines", sa.Column(column, sa.Text(), server_default="", nullable=False)
        )
    op.add_column(
        "production_order_lines",
        sa.Column("allergens", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    for column in ("allergens", "note", "name"):
        op.drop_column("production_order_lines", column)
    # The release before knows neither a cancelled production order nor one that has no order.
    op.execute("DELETE FROM production_orders WHERE phase = 'CANCELLED' OR user_order_id IS NULL")
    op.drop_constraint(op.f("ck_production_orders_phase"), "production_orders", type_="check")
    op.create_check_constraint(
        op.f("ck_production_orders_phase"),
        "production_orders",
        "phase IN ('PREPARING', 'BAKING', 'COMPLETED')",
    )
    op.alter_column("production_orders", "user_order_id", existing_type=sa.Uuid(), nullable=False)
    for column in ("cancel_reason", "order_note", "order_number"):
        op.drop_column("production_orders", column)
    op.drop_table("known_orders")
