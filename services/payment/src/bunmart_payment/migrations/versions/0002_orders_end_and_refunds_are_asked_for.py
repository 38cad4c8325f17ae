"""Orders end, and the order service asks for refunds."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BY_HAND = """
INSERT INTO refunds (id, payment_id, amount, reason, status, created_at, updated_at)
SELECT gen_random_uuid(), payments.id, payments.refund_total - ours.total, 'refunded at Stripe', 'SUCCEEDED', now(), now()
FROM payments CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS total FROM refunds WHERE payment_id = payments.id AND status <> 'FAILED'
) AS ours
WHERE payments.refund_total > ours.total
"""
"""Refunds that were made by hand at Stripe were known only as a part of the sum; now the sum is made of rows."""


def upgrade() -> None:
    op.create_table(
        "closed_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_closed_orders")),
    )
    op.add_column("payments", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refunds", sa.Column("request_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_refunds_request_id",
        "refunds",
        ["request_id"],
        unique=False,
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )
    op.execute(BY_HAND)


def downgrade() -> None:
    op.drop_index(
        "ix_refunds_request_id", table_name="refunds", postgresql_where=sa.text("request_id IS NOT NULL")
    )
    op.drop_column("refunds", "request_id")
    op.drop_column("payments", "closed_at")
    op.drop_table("closed_orders")
