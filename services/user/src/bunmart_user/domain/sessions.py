"""The rules of sessions: what begins, continues and ends one.

A session begins when somebody signs in. It has one chain of refresh tokens, each of which is good for one
exchange, and access tokens that name it (``sid``). Whoever presents a used refresh token again within
``refresh_grace_seconds`` gets the same successor once more: two tabs do that, and a phone that lost the
answer. Later it was copied, and nobody can tell which of the two holders is the thief: the session ends, and
both have to sign in again (RFC 9700, 4.14.2).
"""

import enum
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

KEEP_ENDED = timedelta(days=30)
"""An ended session is kept for so long, so that its owner can be told."""


class EndedBy(enum.StrEnum):
    """The event that ended a session."""

    SIGNED_OUT = "SIGNED_OUT"
    ENDED_BY_USER = "ENDED_BY_USER"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - an event
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - an event
    DEACTIVATED = "DEACTIVATED"
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105 - an event


class Session(msgspec.Struct):
    """A session as stored.

    Attributes:
        id: Also the ``family`` of its refresh tokens.
        user_id: Its owner.
        created_at: The time of signing in.
        last_used_at: The time of the last refresh.
        expires_at: The time at which its last refresh token expires.
        user_agent: The program, as it says of itself; shortened.
        client_network: The network of the last use, so short that it names no household.
        ended_at: The time of its end; None while it lives.
        ended_by: The reason.
    """

    id: UUID
    user_id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    client_network: str
    ended_at: datetime | None = None
    ended_by: str | None = None


class RefreshToken(msgspec.Struct):
    """A refresh token as stored; the token itself is only known to its holder."""

    id: UUID
    family: UUID
    user_id: UUID
    hash: bytes
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    successor: bytes | None = None
    successor_until: datetime | None = None


class PresentedToken(msgspec.Struct):
    """A refresh token that somebody presents, read under the lock of its owner.

    Attributes:
        id: Of the token.
        family: Its session.
        user_id: Its owner.
        used: True when it was exchanged before.
        revoked: True when it or its session was ended.
        expired: True when its time is over.
        successor: The next token, sealed with this one; None after the grace.
    """

    id: UUID
    family: UUID
    user_id: UUID
    used: bool
    revoked: bool
    expired: bool
    successor: bytes | None


class Accepted(msgspec.Struct, frozen=True):
    """The refresh token is good, and is exchanged for new tokens."""

    token: PresentedToken


class Repeated(msgspec.Struct, frozen=True):
    """The refresh token was used a moment ago: its holder gets the same successor again."""

    token: PresentedToken
    successor: bytes


class Reused(msgspec.Struct, frozen=True):
    """The refresh token was used before: its session ends."""

    session_id: UUID


class Refused(msgspec.Struct, frozen=True):
    """The refresh token is unknown, expired or revoked, or its account is not active."""


def judge(token: PresentedToken | None, *, active: bool) -> Accepted | Repeated | Reused | Refused:
    """Decide what becomes of a refresh token that is presented.

    Args:
        token: It, as stored.
        active: True when its owner may sign in.
    """
    if token is None or token.revoked or not active:
        return Refused()
    if token.used:
        return Reused(token.family) if token.successor is None else Repeated(token, token.successor)
    return Refused() if token.expired else Accepted(token)


def new_refresh_token(
    token_id: UUID, *, family: UUID, user_id: UUID, hashed: bytes, now: datetime, lifetime: timedelta
) -> RefreshToken:
    """Make the first state of a refresh token: unused, and good for its lifetime."""
    return RefreshToken(token_id, family, user_id, hashed, now, now + lifetime)
