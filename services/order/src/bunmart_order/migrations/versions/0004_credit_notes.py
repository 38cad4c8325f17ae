"""Credit notes: each refund whose money has gone back has a number of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER_THEM = """
UPDATE refunds SET number = numbered.number
FROM (
    SELECT refunds.id, coalesce(orders.number, right(orders.id::text, 12)) || '-C'
        || row_number() OVER (PARTITION BY refunds.order_id ORDER BY refunds.id) AS number
    FROM refunds JOIN orders ON orders.id = refunds.order_id
    WHERE refunds.status = 'SUCCEEDED'
) AS numbered
WHERE numbered.id = refunds.id
"""


def upgrade() -> None:
    op.add_column("refunds", sa.Column("number", sa.Text(), nullable=True))
    op.execute(NUMBER_THEM)
    op.create_unique_constraint(op.f("uq_refunds_number"), "refunds", ["number"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_refunds_number"), "refunds", type_="unique")
    op.drop_column("refunds", "number")
