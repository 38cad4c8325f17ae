"""The template of a payment that nobody has paid in time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BODY = (
    "Hello,\n\nthe payment of {{ amount }} {{ currency }} for your order {{ order_id }} was not made in time. "
    "Nothing was charged; you can pay again on the page of your order.\n\nYour BunMart bakery\n"
)


def upgrade() -> None:
    # An admin may have written a template of that name.
    op.execute(
        sa.text(
            "INSERT INTO templates (id, subject, body, confidential, updated_at) "
            "VALUES ('payment_expired', 'Your payment has expired', :body, false, now()) ON CONFLICT DO NOTHING"
        ).bindparams(body=BODY)
    )


def downgrade() -> None:
    op.execute("DELETE FROM templates WHERE id = 'payment_expired'")
