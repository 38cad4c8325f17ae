"""Tables of the notification service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.migrations import NAMING
from sqlmodel import Field, SQLModel

from bunmart_notification.domain import Channel, Status

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)
_CHANNELS = ", ".join(f"'{channel}'" for channel in Channel)
_STATUSES = ", ".join(f"'{status}'" for status in Status)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class TemplateTable(Base, table=True):
    """The texts of a kind of notification."""

    __tablename__ = "templates"
    id: str = Field(sa_type=sa.Text, primary_key=True)
    subject: str = Field(sa_type=sa.Text)
    body: str = Field(sa_type=sa.Text)
    html: str | None = Field(sa_type=sa.Text)
    confidential: bool
    updated_at: datetime = Field(sa_type=TIME)


class RuleTable(Base, table=True):
    """Switches a channel on or off, for one template or for all."""

    __tablename__ = "rules"
    __table_args__ = (
        sa.CheckConstraint(f"channel IN ({_CHANNELS})", name="channel"),
        sa.UniqueConstraint("template_id", "channel", postgresql_nulls_not_distinct=True),
    )
    id: UUID = Field(primary_key=True)
    template_id: str | None = Field(sa_type=sa.Text, foreign_key="templates.id", ondelete="CASCADE")
    channel: str = Field(sa_type=sa.Text)
    enabled: bool
    updated_at: datetime = Field(sa_type=TIME)


class AttachmentTable(Base, table=True):
    """A file that waits for its mail; it is deleted when the mail is sent."""

    __tablename__ = "attachments"
    notification_id: UUID = Field(foreign_key="notifications.id", primary_key=True, ondelete="CASCADE")
    position: int = Field(primary_key=True)
    filename: str = Field(sa_type=sa.Text)
    content_type: str = Field(sa_type=sa.Text)
    content: bytes


class NotificationTable(Base, table=True):
    """A message to a user, with its state. It outlives its template."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.CheckConstraint(f"channel IN ({_CHANNELS})", name="channel"),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        sa.Index("ix_notifications_user_id_id", "user_id", "id"),
        sa.Index("ix_notifications_unread", "user_id", "id", postgresql_where=sa.text("read_at IS NULL")),
        sa.Index("ix_notifications_failed", "id", postgresql_where=sa.text("status = 'FAILED'")),
    )
    id: UUID = Field(primary_key=True)
    user_id: UUID
    channel: str = Field(sa_type=sa.Text)
    template_id: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    body: str = Field(sa_type=sa.Text)
    html: str | None = Field(sa_type=sa.Text)
    confidential: bool
    reference_type: str = Field(sa_type=sa.Text)
    reference_id: str = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    error: str | None = Field(sa_type=sa.Text)
    attempts: int
    attached: int = Field(sa_column_kwargs={"server_default": sa.text("0")})
    read_at: datetime | None = Field(sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)
    sent_at: datetime | None = Field(sa_type=TIME)
