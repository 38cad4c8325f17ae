"""Template of a delivery that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "shipment_failed"
SUBJECT = "We could not deliver"
BODY = (
    "Hello,\n\nwe could not hand over your delivery{% if tracking_number %} {{ tracking_number }}{% endif %}"
    "{% if order_number %} of order {{ order_number }}{% endif %}."
    "{% if reason %}\nThe driver says: {{ reason }}{% endif %}\n"
    "We will try again, or get in touch with you.\n\nYour BunMart bakery\n"
)


def upgrade() -> None:
    # An admin may have written a template of this name already; that one stays.
    statement = sa.text(
        "INSERT INTO templates (id, subject, body, confidential, updated_at) "
        "VALUES (:id, :subject, :body, false, now()) ON CONFLICT DO NOTHING"
    )
    op.execute(statement.bindparams(id=NAME, subject=SUBJECT, body=BODY))


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM templates WHERE id = :id").bindparams(id=NAME))
