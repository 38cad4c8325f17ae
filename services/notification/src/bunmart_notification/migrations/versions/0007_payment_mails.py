"""Mails of payments name the order as its other mails do, by the number that people can read to each other."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BY_ID = "your order {{ order_id }}"
BY_NAME = "{% if order_name %}{{ order_name }}{% else %}your order {{ order_id }}{% endif %}"
REPLACE = sa.text("UPDATE templates SET body = replace(body, :old, :new) WHERE id LIKE 'payment\\_%'")


def upgrade() -> None:
    op.execute(REPLACE.bindparams(old=BY_ID, new=BY_NAME))


def downgrade() -> None:
    op.execute(REPLACE.bindparams(old=BY_NAME, new=BY_ID))
