"""Tables of the user service."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.idempotency import idempotency_table
from bunmart_chassis.identity import Role
from bunmart_chassis.migrations import NAMING
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from bunmart_user.domain.addresses import AddressType

METADATA = sa.MetaData(naming_convention=NAMING)
IDEMPOTENCY_KEYS = idempotency_table(METADATA)
TIME = sa.DateTime(timezone=True)
_ROLES = ", ".join(f"'{role}'" for role in Role)
_TYPES = ", ".join(f"'{kind}'" for kind in AddressType)


class Base(SQLModel):
    """Keeps this service's tables apart from every other's."""

    metadata: ClassVar[sa.MetaData] = METADATA


class UserTable(Base, table=True):
    """A user. A deleted one keeps its id, because orders and reviews refer to it, and nothing personal."""

    __tablename__ = "users"
    __table_args__ = (
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.CheckConstraint(f"roles <@ ARRAY[{_ROLES}]::text[]", name="roles"),
        sa.CheckConstraint("email IS NOT NULL OR NOT active", name="deleted_inactive"),
    )
    id: UUID = Field(primary_key=True)
    email: str | None = Field(sa_type=sa.Text, unique=True)
    display_name: str = Field(sa_type=sa.Text)
    phone: str = Field(sa_type=sa.Text)
    roles: list[str] = Field(sa_type=ARRAY(sa.Text))
    active: bool
    preferences: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    version: int
    password_hash: str = Field(sa_type=sa.Text)
    signup_key: str | None = Field(sa_type=sa.Text)
    credentials_version: int = Field(sa_column_kwargs={"server_default": "1"})


class AddressTable(Base, table=True):
    """A postal address. Orders keep a copy of theirs, so it may be changed and deleted."""

    __tablename__ = "addresses"
    __table_args__ = (
        sa.CheckConstraint(f"type IN ({_TYPES})", name="type"),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        sa.Index("ix_addresses_user_id_id", "user_id", "id"),
    )
    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    line1: str = Field(sa_type=sa.Text)
    line2: str = Field(sa_type=sa.Text)
    city: str = Field(sa_type=sa.Text)
    state: str = Field(sa_type=sa.Text)
    postal_code: str = Field(sa_type=sa.Text)
    country: str = Field(sa_type=sa.Text)
    type: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIME)


class SessionTable(Base, table=True):
    """A session: from signing in until it ends or its last refresh token expires."""

    __tablename__ = "sessions"
    __table_args__ = (
        sa.Index("ix_sessions_user_id_id", "user_id", "id", postgresql_where=sa.text("ended_at IS NULL")),
    )
    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(sa_type=TIME)
    last_used_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME, index=True)
    user_agent: str = Field(sa_type=sa.Text)
    client_network: str = Field(sa_type=sa.Text)
    ended_at: datetime | None = Field(sa_type=TIME)
    ended_by: str | None = Field(sa_type=sa.Text)


class RefreshTokenTable(Base, table=True):
    """A refresh token, hashed. ``family`` is its session, which the release before had no table for."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        sa.Index(
            "ix_refresh_tokens_successor_until",
            "successor_until",
            postgresql_where=sa.text("successor IS NOT NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    family: UUID = Field(index=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    hash: bytes = Field(sa_type=sa.LargeBinary, unique=True)
    created_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME, index=True)
    used_at: datetime | None = Field(sa_type=TIME)
    revoked_at: datetime | None = Field(sa_type=TIME)
    successor: bytes | None = Field(sa_type=sa.LargeBinary)
    successor_until: datetime | None = Field(sa_type=TIME)


class DeviceTable(Base, table=True):
    """A device on which a user signed in; its token is hashed."""

    __tablename__ = "devices"
    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    hash: bytes = Field(sa_type=sa.LargeBinary, unique=True)
    created_at: datetime = Field(sa_type=TIME)
    last_used_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME, index=True)


class EndedAccessTable(Base, table=True):
    """A session or tokens that ended before the access tokens expired; kept until those have."""

    __tablename__ = "ended_access"
    __table_args__ = (sa.Index("ix_ended_access_ended_at_id", "ended_at", "id"),)
    id: UUID = Field(primary_key=True)
    user_id: UUID
    session_id: UUID | None
    credentials_version: int
    ended_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME, index=True)


class AttemptTable(Base, table=True):
    """Tries that are limited, by a digest of network and account (``domain.limits``)."""

    __tablename__ = "attempts"
    key: bytes = Field(sa_type=sa.LargeBinary, primary_key=True)
    tries: int
    started_at: datetime = Field(sa_type=TIME, index=True)


class LoginFailureTable(Base, table=True):
    """Wrong passwords per e-mail address, counted by the release before; ``attempts`` replaces it."""

    __tablename__ = "login_failures"
    email: str = Field(sa_type=sa.Text, primary_key=True)
    failures: int
    started_at: datetime = Field(sa_type=TIME, index=True)


class PasswordResetTable(Base, table=True):
    """The open password reset of a user; a new one replaces it."""

    __tablename__ = "password_resets"
    user_id: UUID = Field(foreign_key="users.id", primary_key=True, ondelete="CASCADE")
    hash: bytes = Field(sa_type=sa.LargeBinary, unique=True)
    expires_at: datetime = Field(sa_type=TIME)
    sent_at: datetime | None = Field(sa_type=TIME)
    credentials_version: int | None
