"""Rights that end before the access token that carries them.

A token says what its holder might do when it was signed, and it is good for a quarter of an hour. A dismissal
must not wait for that. So each service learns every few seconds which sessions and tokens ended early, and
asks the user service before a member of staff changes something
(docs/decisions/0013-sessions-and-versions.md).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from bunmart_chassis.errors import BunmartError, UnauthenticatedError, UnavailableError, from_exception
from bunmart_chassis.identity.principal import Principal

log = logging.getLogger(__name__)
REMEMBER_SECONDS = 5.0
"""An answer about staff is good for so long."""
_OVERLAP = timedelta(seconds=60)
"""The next question begins so much before the newest answer: a transaction may commit after a later one."""
_CACHE_SIZE = 1024
_FAILURES_TOLD = 3
"""The user service may start later than others, so the first failures are no news."""


class Access(msgspec.Struct, frozen=True):
    """The answer whether a token still holds, and the roles of its user now."""

    active: bool
    roles: frozenset[str] = frozenset()


class Ended(msgspec.Struct, frozen=True):
    """A session that ended, or, without one, the tokens of a user with an older version of credentials.

    Attributes:
        user_id: The user.
        session_id: The session; None when all tokens with a lower version are meant.
        credentials_version: That version; 0 for a session.
        ended_at: The time of the end.
        expires_at: The last of the tokens that are meant has expired then, and this may be forgotten.
    """

    user_id: UUID
    session_id: UUID | None
    credentials_version: int
    ended_at: datetime
    expires_at: datetime


class AccessSource(Protocol):
    """The user service, or within the user service its own database."""

    async def check(self, principal: Principal) -> Access:
        """Tell whether a token still holds."""

    async def list_ended(self, since: datetime | None) -> Sequence[Ended]:
        """List what ended at a time or later; None means as far back as tokens live."""


class AccessGuard:
    """Refuses tokens that ended early.

    Args:
        source: Who knows. None: nothing is asked, and a token holds until it expires.
    """

    def __init__(self, source: AccessSource | None) -> None:
        self._source = source
        self._sessions: dict[UUID, Ended] = {}
        self._versions: dict[UUID, Ended] = {}
        self._known: dict[Principal, tuple[float, Access]] = {}
        self._newest: datetime | None = None

    @property
    def ends_known(self) -> int:
        """The number of ends that are remembered; each is forgotten when no token can be older."""
        return len(self._sessions) + len(self._versions)

    async def admit(self, principal: Principal, *, changes: bool) -> Principal:
        """Let a person pass with the roles that still hold.

        Reads, and what customers do, cost no call: they are compared with what ended. A change by staff asks
        the user service, and remembers the answer for ``REMEMBER_SECONDS``.

        Args:
            principal: The person behind a verified token.
            changes: True for a request that may change something.

        Returns:
            The person, without the roles that were lost meanwhile.

        Raises:
            UnauthenticatedError: The session or the token ended (ACCESS_ENDED, 401).
            UnavailableError: Staff wants to change something and the user service does not answer
                (ACCESS_UNKNOWN, 503).
        """
        if self._source is None:
            return principal
        if self._has_ended(principal):
            raise _ended()
        if not (changes and principal.is_staff):
            return principal
        access = await self._ask(self._source, principal)
        if not access.active:
            raise _ended()
        if principal.roles <= access.roles:
            return principal
        return msgspec.structs.replace(principal, roles=principal.roles & access.roles)

    def _has_ended(self, principal: Principal) -> bool:
        if principal.session_id in self._sessions:
            return True
        lowest = self._versions.get(principal.user_id)
        return lowest is not None and principal.credentials_version < lowest.credentials_version

    async def _ask(self, source: AccessSource, principal: Principal) -> Access:
        now = time.monotonic()
        known = self._known.get(principal)
        if known is not None and known[0] > now:
            return known[1]
        try:
            access = await source.check(principal)
        except BunmartError as error:
            raise UnavailableError(
                "It is not known at the moment whether you may still do this; retry in a moment.",
                code="ACCESS_UNKNOWN",
            ) from error
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        # From before the call: the answer is no younger than that.
        self._known[principal] = (now + REMEMBER_SECONDS, access)
        return access

    async def learn(self) -> None:
        """Ask what ended since the last time, and forget what has expired by itself.

        Raises:
            BunmartError: The source does not answer.
        """
        if self._source is None:
            return
        ended = await self._source.list_ended(self._newest and self._newest - _OVERLAP)
        for each in ended:
            self._note(each)
        now = datetime.now(UTC)
        for notes in (self._sessions, self._versions):
            for key in [key for key, each in notes.items() if each.expires_at < now]:
                del notes[key]

    def _note(self, ended: Ended) -> None:
        self._newest = max(ended.ended_at, self._newest or ended.ended_at)
        if ended.session_id is not None:
            self._sessions[ended.session_id] = ended
        else:
            before = self._versions.get(ended.user_id, ended)
            if before.credentials_version <= ended.credentials_version:
                self._versions[ended.user_id] = ended
        for principal in [each for each in self._known if each.user_id == ended.user_id]:
            del self._known[principal]

    async def keep_learning(self, stopping: asyncio.Event, *, seconds: float) -> None:
        """Ask every few seconds until the service stops. An outage is logged once, and once when it ends.

        Args:
            stopping: Set when the service stops.
            seconds: The pause between two questions.
        """
        failures = 0
        while self._source is not None and not stopping.is_set():
            try:
                await self.learn()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next question may be answered
                failures += 1
                if failures == _FAILURES_TOLD:
                    log.warning("cannot learn which access ended: %s", from_exception(error).message)
            else:
                if failures >= _FAILURES_TOLD:
                    log.info("learn again which access ended")
                failures = 0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), min(seconds, 2) if failures else seconds)


def _ended() -> UnauthenticatedError:
    return UnauthenticatedError(
        "Your session has ended or your rights changed; sign in again.", code="ACCESS_ENDED"
    )
