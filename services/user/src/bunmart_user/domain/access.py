"""Access tokens that stop being good before they expire."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from bunmart_chassis.identity import LEEWAY_SECONDS, Access, Principal


class EndedAccess(msgspec.Struct):
    """A session that ended, or tokens with a lower version; kept until those tokens have expired."""

    id: UUID
    user_id: UUID
    session_id: UUID | None
    credentials_version: int
    ended_at: datetime
    expires_at: datetime


class SessionState(msgspec.Struct):
    """The account and session of an access token, as they are now; ``session_lives`` is False without one."""

    active: bool
    roles: list[str]
    credentials_version: int
    session_lives: bool


def new_ended_access(
    entry_id: UUID, user_id: UUID, *, session_id: UUID | None, version: int, now: datetime, token_seconds: int
) -> EndedAccess:
    """Note that access ended.

    Args:
        entry_id: A new one.
        user_id: The user.
        session_id: The session that ended; None when all tokens with a lower version are meant.
        version: That version; 0 for a session.
        now: The time of the end.
        token_seconds: The life of an access token. Clocks may differ, on both sides.
    """
    expires_at = now + timedelta(seconds=token_seconds + 2 * LEEWAY_SECONDS)
    return EndedAccess(entry_id, user_id, session_id, version, now, expires_at)


def access_of(state: SessionState | None, principal: Principal) -> Access:
    """Tell whether a token still holds.

    A token of the release before has neither session nor version; then only the account counts.
    """
    if state is None or not state.active:
        return Access(active=False)
    if principal.session_id is not None and not state.session_lives:
        return Access(active=False)
    if principal.credentials_version not in (0, state.credentials_version):
        return Access(active=False)
    return Access(active=True, roles=frozenset(state.roles))
