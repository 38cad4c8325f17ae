"""The rules of sessions: a refresh token that comes twice ends its family (RFC 9700, 4.14.2)."""

import enum
import hashlib
import secrets
from datetime import datetime
from uuid import UUID

import msgspec

_TOKEN_BYTES = 32


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


class LoginFailures(msgspec.Struct):
    """Wrong passwords for an e-mail address since ``started_at``."""

    failures: int
    started_at: datetime


class PasswordReset(msgspec.Struct):
    """The open password reset of a user; ``sent_at`` is None until the mail is on its way."""

    user_id: UUID
    hash: bytes
    expires_at: datetime
    sent_at: datetime | None


class Verdict(enum.Enum):
    """What becomes of a refresh token that is presented."""

    ROTATE = "rotate"
    REUSED = "reused"
    REFUSE = "refuse"


def judge(session: Session | None, now: datetime) -> Verdict:
    """Decide whether a session goes on. A token that was used before was copied: its family ends."""
    if session is None or session.revoked_at is not None:
        return Verdict.REFUSE
    if session.used_at is not None:
        return Verdict.REUSED
    if session.expires_at <= now or not session.active:
        return Verdict.REFUSE
    return Verdict.ROTATE


def new_secret() -> tuple[str, bytes]:
    """A random token and the hash under which it is stored."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    """The hash of a token. It has 256 bits of its own, so one round is enough."""
    return hashlib.sha256(token.encode()).digest()
