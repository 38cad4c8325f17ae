"""Life of an order: number, notes, goods and addresses as sold, tax, refunds."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(precision=12, scale=2)
RATE = sa.Numeric(precision=5, scale=2)
JSONB = postgresql.JSONB(astext_type=sa.Text())
TIME = sa.DateTime(timezone=True)
EMPTY_TEXT, ZERO, NO_ENTRIES = sa.text("''"), sa.text("0"), sa.text("'[]'::jsonb")

ORDER_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("number", sa.Text(), nullable=True),
    sa.Column("note", sa.Text(), server_default=EMPTY_TEXT, nullable=False),
    sa.Column("lines_version", sa.Integer(), server_default=ZERO, nullable=False),
    sa.Column("tax_total", MONEY, nullable=True),
    sa.Column("shipping_tax_rate", RATE, nullable=True),
    sa.Column("shipping_tax_total", MONEY, nullable=True),
    sa.Column("discounts", JSONB, server_default=NO_ENTRIES, nullable=False),
    sa.Column("quoted_at", TIME, nullable=True),
    sa.Column("billing_address", JSONB, nullable=True),
    sa.Column("refunded_total", MONEY, server_default=ZERO, nullable=False),
    sa.Column("refunding_total", MONEY, server_default=ZERO, nullable=False),
    sa.Column("attention", sa.Text(), server_default=EMPTY_TEXT, nullable=False),
)
LINE_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("note", sa.Text(), server_default=EMPTY_TEXT, nullable=False),
    sa.Column("discount_total", MONEY, nullable=True),
    sa.Column("tax_rate", RATE, nullable=True),
    sa.Column("tax_total", MONEY, nullable=True),
    sa.Column("name", sa.Text(), nullable=True),
    sa.Column("unit", sa.Text(), nullable=True),
    sa.Column(
        "allergens", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
    ),
)


def upgrade() -> None:
    for column in ORDER_COLUMNS:
        op.add_column("orders", column)
    op.create_unique_constraint(op.f("uq_orders_number"), "orders", ["number"])
    for column in LINE_COLUMNS:
        op.add_column("order_lines", column)
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("taxes", JSONB, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint(
            "status IN ('REQUESTED', 'PENDING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_refunds_status")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_order_id_id", "refunds", ["order_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_refunds_order_id_id", table_name="refunds")
    op.drop_table("refunds")
    for column in reversed(LINE_COLUMNS):
        op.drop_column("order_lines", column.name)
    op.drop_constraint(op.f("uq_orders_number"), "orders", type_="unique")
    for column in reversed(ORDER_COLUMNS):
        op.drop_column("orders", column.name)
