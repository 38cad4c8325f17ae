"""The expiry of tokens: how long each is good for, and what ends it earlier.

An access token is good for ``access_token_seconds``, written into it as ``exp`` (``access_tokens.py``).
Nothing ends it earlier, because whoever verifies it looks at nothing else than its signature and ``exp``.

A refresh token is good for ``refresh_token_seconds`` and for one use. Signing out, a new password, and the
deactivation or deletion of the account end it earlier; so does the second use of a token of its family.

The token of a password reset is good for ``password_reset_seconds`` and for one use. A newer reset and the
deletion of the account end it earlier; while the account is not active it is refused.

A family is all refresh tokens that descend from one login. A token that comes a second time was copied, and
nobody can tell which of the two holders is the thief: both have to sign in again (RFC 9700, 4.14.2).
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

RESET_PAUSE = timedelta(minutes=1)
"""Between two password reset mails to the same person."""


class RefreshToken(msgspec.Struct):
    """A refresh token as stored; the token itself is only known to its holder."""

    id: UUID
    family: UUID
    user_id: UUID
    hash: bytes
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class Session(msgspec.Struct):
    """A refresh token and the account behind it."""

    id: UUID
    family: UUID
    user_id: UUID
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    roles: list[str]
    active: bool


class PasswordReset(msgspec.Struct):
    """The open password reset of a user; ``sent_at`` is None until the mail is on its way."""

    user_id: UUID
    hash: bytes
    expires_at: datetime
    sent_at: datetime | None


class Accepted(msgspec.Struct, frozen=True):
    """The refresh token is good, and is exchanged for new tokens."""

    session: Session


class Reused(msgspec.Struct, frozen=True):
    """The refresh token was used before: its family ends."""

    family: UUID


class Refused(msgspec.Struct, frozen=True):
    """The refresh token is unknown, expired or revoked, or its account is not active."""


def judge(session: Session | None, now: datetime) -> Accepted | Reused | Refused:
    """Decide what becomes of a refresh token that is presented."""
    if session is None or session.revoked_at is not None:
        return Refused()
    if session.used_at is not None:
        return Reused(session.family)
    if session.expires_at <= now or not session.active:
        return Refused()
    return Accepted(session)


def new_refresh_token(
    token_id: UUID, *, family: UUID, user_id: UUID, hashed: bytes, now: datetime, lifetime: timedelta
) -> RefreshToken:
    """Make the first state of a refresh token: unused, and good for its lifetime."""
    return RefreshToken(token_id, family, user_id, hashed, now, now + lifetime, None, None)


def new_password_reset(user_id: UUID, hashed: bytes, now: datetime, lifetime: timedelta) -> PasswordReset:
    """Make the first state of a password reset: not sent yet, and good for its lifetime."""
    return PasswordReset(user_id, hashed, now + lifetime, None)


def is_reset_too_soon(last: PasswordReset | None, now: datetime) -> bool:
    """True within ``RESET_PAUSE`` after a mail was sent."""
    return last is not None and last.sent_at is not None and last.sent_at > now - RESET_PAUSE
