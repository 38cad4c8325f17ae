"""Mails of orders: one for a cancellation; numbers, items and totals in the others."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "order_cancelled"
SUBJECT = "Your order is cancelled"
BODY = (
    "Hello{% if name %} {{ name }}{% endif %},\n\nyour order {% if order_number %}{{ order_number }}{% else %}"
    "{{ order_id }}{% endif %} is cancelled. What you have paid for it is given back to you."
    "{% if items %}\n\n{{ items }}{% endif %}\n\nYour BunMart bakery\n"
)
ID = "{{ order_id }}"
NUMBER = "{% if order_number %}{{ order_number }}{% else %}{{ order_id }}{% endif %}"
BAKING = "is paid. We start baking soon."
ITEMS = "{% if items %}\n\n{{ items }}\n{% if total %}Total: {{ total }}{% endif %}{% endif %}"
WITH_NUMBER = sa.text("UPDATE templates SET body = replace(body, :old, :new) WHERE id LIKE 'order\\_%'")
WITH_ITEMS = sa.text("UPDATE templates SET body = replace(body, :old, :new) WHERE id = 'order_paid'")


def upgrade() -> None:
    op.execute(WITH_NUMBER.bindparams(old=ID, new=NUMBER))
    op.execute(WITH_ITEMS.bindparams(old=BAKING, new=BAKING + ITEMS))
    # An admin may have written a template of this name already; that one stays.
    statement = sa.text(
        "INSERT INTO templates (id, subject, body, confidential, updated_at) "
        "VALUES (:id, :subject, :body, false, now()) ON CONFLICT DO NOTHING"
    )
    op.execute(statement.bindparams(id=NAME, subject=SUBJECT, body=BODY))


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM templates WHERE id = :id").bindparams(id=NAME))
    op.execute(WITH_ITEMS.bindparams(old=BAKING + ITEMS, new=BAKING))
    op.execute(WITH_NUMBER.bindparams(old=NUMBER, new=ID))
