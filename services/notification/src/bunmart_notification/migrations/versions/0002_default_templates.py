"""Default templates."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HELLO = "Hello{% if name %} {{ name }}{% endif %},\n\n"
BYE = "\n\nYour BunMart bakery\n"
ORDER = "your order {{ order_id }}"

TEMPLATES = [
    ("order_paid", "We have your order", f"{HELLO}thank you: {ORDER} is paid. We start baking soon."),
    ("order_production", "Your order is in the oven", f"{HELLO}we are preparing {ORDER}."),
    ("order_prepared", "Your order is baked", f"{HELLO}{ORDER} is ready to be packed."),
    ("order_packed", "Your order is packed", f"{HELLO}{ORDER} is packed and waits for its driver."),
    ("order_shipping", "Your order is on the way", f"{HELLO}{ORDER} has been handed to delivery."),
    ("order_shipped", "Your order has arrived", f"{HELLO}{ORDER} has been delivered. Enjoy!"),
    (
        "order_completed",
        "How was it?",
        f"{HELLO}{ORDER} is completed. Tell others how you liked it: you can review what you ordered.",
    ),
    (
        "payment_succeeded",
        "Receipt for your payment",
        f"Hello,\n\nwe have received {{{{ amount }}}} {{{{ currency }}}} for {ORDER}. Thank you.",
    ),
    (
        "payment_failed",
        "Your payment did not go through",
        (
            f"Hello,\n\nthe payment of {{{{ amount }}}} {{{{ currency }}}} for {ORDER} failed. "
            "Nothing was charged; you can pay again on the page of your order."
        ),
    ),
    (
        "payment_refunded",
        "Your refund",
        f"Hello,\n\nwe have returned {{{{ amount }}}} {{{{ currency }}}} for {ORDER}.",
    ),
    (
        "shipment_tracking",
        "Track your delivery",
        (
            "Hello,\n\nyour delivery has the tracking number {{ tracking_number }}"
            "{% if carrier %} ({{ carrier }}){% endif %}."
            "{% if estimated_delivery %}\nWe expect it to arrive: {{ estimated_delivery }}.{% endif %}"
        ),
    ),
    (
        "shipment_out_for_delivery",
        "Your delivery comes today",
        (
            "Hello,\n\nour driver is on the way to you"
            "{% if tracking_number %} with delivery {{ tracking_number }}{% endif %}."
        ),
    ),
    (
        "shipment_delivered",
        "Delivered",
        "Hello,\n\nyour delivery{% if tracking_number %} {{ tracking_number }}{% endif %} has arrived.",
    ),
    ("review_published", "Your review is published", "Hello,\n\nthank you: others can read your review now."),
    (
        "review_moderated",
        "About your review",
        (
            "Hello,\n\nour team has looked at your review{% if status %}; it is {{ status }} now{% endif %}."
            "{% if note %}\nNote: {{ note }}{% endif %}"
        ),
    ),
    (
        "user_welcome",
        "Welcome to BunMart",
        f"{HELLO}welcome! Your account is ready: have a look at what is fresh.",
    ),
    (
        "password_reset",
        "Set a new password",
        (
            f"{HELLO}somebody asked for a new password for your account. To set one, open this link within an hour:\n\n"
            "{{ url }}\n\nIf it was not you, do nothing: your password stays as it is."
        ),
    ),
    (
        "cart_abandoned",
        "Something is waiting in your cart",
        (
            "Hello,\n\nthere {% if item_count == '1' %}is one product{% elif item_count %}are {{ item_count }} products"
            "{% else %}is something{% endif %} left in your cart."
        ),
    ),
    (
        "production_completed",
        "Production completed",
        "Production order {{ production_order_id }} of order {{ order_id }} is completed.",
    ),
]
WITHOUT_GREETING = {"production_completed"}
CONFIDENTIAL = {"password_reset"}


def upgrade() -> None:
    templates = sa.table(
        "templates",
        sa.column("id", sa.Text),
        sa.column("subject", sa.Text),
        sa.column("body", sa.Text),
        sa.column("confidential", sa.Boolean),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    for name, subject, body in TEMPLATES:
        op.execute(
            templates.insert().values(
                id=name,
                subject=subject,
                body=body + ("" if name in WITHOUT_GREETING else BYE),
                confidential=name in CONFIDENTIAL,
                updated_at=sa.func.now(),
            )
        )


def downgrade() -> None:
    names = ", ".join(f"'{name}'" for name, _, _ in TEMPLATES)
    op.execute(f"DELETE FROM templates WHERE id IN ({names})")  # noqa: S608 - the names above
