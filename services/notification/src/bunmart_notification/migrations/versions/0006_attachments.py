"""Attachments: the mail of a paid order has its receipt, that of a refund its credit note."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ITEMS = "{% if items %}\n\n{{ items }}\n{% if total %}Total: {{ total }}{% endif %}{% endif %}"
RECEIPT = "{% if receipt %}\n\nYour receipt is attached.{% endif %}"
WITH_RECEIPT = sa.text("UPDATE templates SET body = replace(body, :old, :new) WHERE id = 'order_paid'")
NAME = "order_credit_note"
SUBJECT = "Your credit note {{ number }}"
BODY = (
    "Hello,\n\nwe have given back {{ amount }} {{ currency }} for your order {{ order_number }}. "
    "The credit note {{ number }} is attached.\n\nYour BunMart bakery\n"
)


def upgrade() -> None:
    op.add_column(
        "notifications", sa.Column("attached", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "attachments",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_attachments_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notification_id", "position", name=op.f("pk_attachments")),
    )
    op.execute(WITH_RECEIPT.bindparams(old=ITEMS, new=ITEMS + RECEIPT))
    # An admin may have written a template of this name already; that one stays.
    statement = sa.text(
        "INSERT INTO templates (id, subject, body, confidential, updated_at) "
        "VALUES (:id, :subject, :body, false, now()) ON CONFLICT DO NOTHING"
    )
    op.execute(statement.bindparams(id=NAME, subject=SUBJECT, body=BODY))


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM templates WHERE id = :id").bindparams(id=NAME))
    op.execute(WITH_RECEIPT.bindparams(old=ITEMS + RECEIPT, new=ITEMS))
    op.drop_table("attachments")
    op.drop_column("notifications", "attached")
