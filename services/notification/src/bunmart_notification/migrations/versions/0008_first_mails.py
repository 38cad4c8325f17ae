"""Mails to an address that nobody confirmed show no name: whoever signed up with it could have written anything."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAMED = "Hello{% if name %} {{ name }}{% endif %},"
PLAIN = "Hello,"
REPLACE = sa.text(
    "UPDATE templates SET body = replace(body, :old, :new) WHERE id IN ('user_welcome', 'password_reset')"
)


def upgrade() -> None:
    op.execute(REPLACE.bindparams(old=NAMED, new=PLAIN))


def downgrade() -> None:
    op.execute(REPLACE.bindparams(old=PLAIN, new=NAMED))
