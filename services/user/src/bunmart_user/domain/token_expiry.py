"""The expiry of tokens other than those of sessions. docs/security.md has one table of all credentials.

The token of a password reset is good for ``password_reset_seconds`` and for one use. A newer reset ends it
earlier, and so does every change of the credentials after it was asked for: it carries their version.

A device token says that somebody signed in on a device before. It opens nothing. Wrong passwords from such a
device are counted apart, so that nobody else can use up its owner's tries (OWASP: device cookies).
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

RESET_PAUSE = timedelta(minutes=5)
"""Between two password reset mails to the same person. A stranger who keeps asking for them cannot end the
link in the newest mail sooner."""
DEVICE_LIFE = timedelta(days=180)
"""A device is forgotten when nobody signed in on it for so long."""
MAX_DEVICES = 20
"""Of one user; the one that was used longest ago is forgotten first."""


class PasswordReset(msgspec.Struct):
    """The open password reset of a user.

    Attributes:
        user_id: The user.
        hash: Of the token.
        expires_at: The end of its life.
        sent_at: None until the mail is on its way.
        credentials_version: The version for which it was asked; None for one of an older release.
    """

    user_id: UUID
    hash: bytes
    expires_at: datetime
    sent_at: datetime | None
    credentials_version: int | None


class Device(msgspec.Struct):
    """A device on which a user signed in; the token itself is only known to the device."""

    id: UUID
    user_id: UUID
    hash: bytes
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def new_password_reset(
    user_id: UUID, hashed: bytes, now: datetime, lifetime: timedelta, version: int
) -> PasswordReset:
    """Make the first state of a password reset: not sent yet, and good for its lifetime."""
    return PasswordReset(user_id, hashed, now + lifetime, None, version)


def is_reset_too_soon(last: PasswordReset | None, now: datetime) -> bool:
    """True within ``RESET_PAUSE`` after a mail was sent."""
    return last is not None and last.sent_at is not None and last.sent_at > now - RESET_PAUSE


def is_reset_of(version: int, reset: PasswordReset) -> bool:
    """True when the credentials have not changed since the reset was asked for."""
    return reset.credentials_version in (None, version)


def new_device(device_id: UUID, user_id: UUID, hashed: bytes, now: datetime) -> Device:
    """Make the first state of a device."""
    return Device(device_id, user_id, hashed, now, now, now + DEVICE_LIFE)
