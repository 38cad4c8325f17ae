"""Cancellation, the address as it was confirmed, reports one at a time, and the proof of a delivery."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DETAILS_BEFORE = (
    "status IN ('PENDING', 'CANCELLED') OR num_nonnulls(driver_id, vehicle_id, tracking_number) = 3"
)
_DETAILS = (
    "status IN ('PENDING', 'CANCELLED') OR (tracking_number IS NOT NULL AND "
    "(num_nonnulls(driver_id, vehicle_id) = 2 OR (num_nonnulls(driver_id, vehicle_id) = 0 AND carrier <> '')))"
)


def upgrade() -> None:
    op.create_table(
        "known_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_known_orders")),
    )
    op.create_table(
        "delivery_images",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "content_type IN ('image/png', 'image/jpeg', 'image/webp')",
            name=op.f("ck_delivery_images_content_type"),
        ),
        sa.CheckConstraint("octet_length(content) <= 2097152", name=op.f("ck_delivery_images_content")),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipments.id"],
            name=op.f("fk_delivery_images_shipment_id_shipments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_images")),
    )
    op.create_index(
        "ix_delivery_images_shipment_id_id", "delivery_images", ["shipment_id", "id"], unique=False
    )
    for column in ("order_number", "order_note", "received_by"):
        op.add_column("shipments", sa.Column(column, sa.Text(), server_default="", nullable=False))
    op.add_column("shipments", sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column(
        "shipments", sa.Column("order_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for column in ("order_status_told", "report_owner"):
        op.add_column("shipments", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("shipments", sa.Column("report_started_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("order_id", "shipping_address_id"):
        op.alter_column("shipments", column, existing_type=sa.Uuid(), nullable=True)
    _replace_check("details", _DETAILS)
    _replace_check("confirmed", "order_status_confirmed IN ('packed', 'shipping', 'shipped')")
    op.create_check_constraint(
        op.f("ck_shipments_told"), "shipments", "order_status_told IN ('packed', 'shipping', 'shipped')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_shipments_told"), "shipments", type_="check")
    # The release before knows neither a parcel without an order nor one of a carrier without a driver.
    op.execute("DELETE FROM shipments WHERE num_nonnulls(order_id, shipping_address_id) < 2")
    op.execute(
        "UPDATE shipments SET status = 'PENDING', delivered_at = NULL "
        "WHERE status NOT IN ('PENDING', 'CANCELLED') AND num_nonnulls(driver_id, vehicle_id) < 2"
    )
    op.execute("UPDATE shipments SET order_status_confirmed = NULL WHERE order_status_confirmed = 'packed'")
    _replace_check("confirmed", "order_status_confirmed IN ('shipping', 'shipped')")
    _replace_check("details", _DETAILS_BEFORE)
    for column in ("shipping_address_id", "order_id"):
        op.alter_column("shipments", column, existing_type=sa.Uuid(), nullable=False)
    for column in (
        "report_started_at",
        "report_owner",
        "order_status_told",
        "order_cancelled",
        "address",
        "received_by",
        "order_note",
        "order_number",
    ):
        op.drop_column("shipments", column)
    op.drop_index("ix_delivery_images_shipment_id_id", table_name="delivery_images")
    op.drop_table("delivery_images")
    op.drop_table("known_orders")


def _replace_check(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_shipments_{name}"), "shipments", type_="check")
    op.create_check_constraint(op.f(f"ck_shipments_{name}"), "shipments", condition)
