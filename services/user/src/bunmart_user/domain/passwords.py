"""The rules of passwords: their strength, and the number of wrong ones before an account has to wait."""

import unicodedata
from datetime import datetime, timedelta

import msgspec
from bunmart_chassis.errors import InvalidArgumentError, ResourceExhaustedError

MIN_PASSWORD = 10
MAX_PASSWORD = 128
MAX_FAILURES = 10
"""Wrong passwords of one e-mail address within ``FAILURE_WINDOW``; then it has to wait."""
FAILURE_WINDOW = timedelta(minutes=10)


class LoginFailures(msgspec.Struct):
    """Wrong passwords for an e-mail address since ``started_at``."""

    failures: int
    started_at: datetime


def require_acceptable_password(password: str, email: str | None, *, field: str = "password") -> None:
    """Refuse a password that is easy to guess (NIST SP 800-63B, 3.1.1).

    Raises:
        InvalidArgumentError: It is too short, too long, or the e-mail address.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidArgumentError.field(field, f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if email is not None and unicodedata.normalize("NFKC", password).lower() == email:
        raise InvalidArgumentError.field(field, "must not be the e-mail address")


def require_attempt_left(failures: LoginFailures | None, now: datetime) -> None:
    """Refuse to check a password when too many wrong ones came before it.

    Args:
        failures: Those of the last ``FAILURE_WINDOW``, if any.
        now: The time of this attempt.

    Raises:
        ResourceExhaustedError: There were ``MAX_FAILURES`` (TOO_MANY_ATTEMPTS); ``retry_after_seconds`` tells
            when the next attempt is possible.
    """
    if failures is None or failures.failures < MAX_FAILURES:
        return
    wait = failures.started_at + FAILURE_WINDOW - now
    raise ResourceExhaustedError(
        "Too many wrong passwords; wait a few minutes or reset the password.",
        code="TOO_MANY_ATTEMPTS",
        metadata={"retry_after_seconds": str(int(wait.total_seconds()) + 1)},
    )
