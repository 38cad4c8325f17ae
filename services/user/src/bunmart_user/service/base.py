"""The parts that use cases share: the database, password hashes, access tokens and peers."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Database, UnitOfWork

from bunmart_user.access_tokens import AccessTokens
from bunmart_user.clients import Clients
from bunmart_user.domain.access import new_ended_access
from bunmart_user.domain.accounts import Credentials, User
from bunmart_user.domain.sessions import EndedBy
from bunmart_user.password_hashes import PasswordHashes
from bunmart_user.queries import accounts as queries
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.settings import Settings


class UseCases:
    """Base of the use cases.

    Args:
        database: The service's.
        clients: The peers.
        tokens: Issues access tokens.
        settings: Of the service.
    """

    def __init__(
        self, database: Database, clients: Clients, tokens: AccessTokens, settings: Settings
    ) -> None:
        self.database = database
        self.clients = clients
        self.tokens = tokens
        self.settings = settings
        self.hashes = PasswordHashes(settings)

    async def close(self) -> None:
        """End the threads that hash passwords."""
        self.hashes.close()

    async def end_tokens(self, unit: UnitOfWork, user_id: UUID) -> None:
        """End all access tokens of a user, and the open reset: the version of the credentials rises.

        The user is locked. Sessions stay; their next refresh gives a token of the new version.
        """
        version = await queries.RAISE_VERSION.one(unit, user_id=user_id)
        await credential_queries.DELETE_RESET.run(unit, user_id=user_id)
        await self._note_ended(unit, user_id, None, version)

    async def end_sessions(
        self, unit: UnitOfWork, user_id: UUID, by: EndedBy, *, kept: UUID | None = None
    ) -> None:
        """End the sessions of a user, with their refresh and access tokens. The user is locked.

        Args:
            unit: Of the call.
            user_id: The user.
            by: The reason.
            kept: A session that goes on.
        """
        ended = await credential_queries.END_SESSIONS.all(unit, user_id=user_id, by=by.value, kept=kept)
        await credential_queries.REVOKE_ALL.run(unit, user_id=user_id, kept=kept)
        for session_id in ended:
            await self._note_ended(unit, user_id, session_id, 0)

    async def end_one_session(self, unit: UnitOfWork, user_id: UUID, session_id: UUID, by: EndedBy) -> None:
        """End a session with its refresh and access tokens. The user is locked; an ended one stays so."""
        await credential_queries.END_SESSION.first(unit, user_id=user_id, session_id=session_id, by=by.value)
        if await credential_queries.REVOKE_FAMILY.run(unit, user_id=user_id, session_id=session_id):
            await self._note_ended(unit, user_id, session_id, 0)

    async def _note_ended(
        self, unit: UnitOfWork, user_id: UUID, session_id: UUID | None, version: int
    ) -> None:
        entry = new_ended_access(
            new_id(),
            user_id,
            session_id=session_id,
            version=version,
            now=datetime.now(UTC),
            token_seconds=self.tokens.seconds,
        )
        await credential_queries.ADD_ENDED.add(unit, entry)


async def lock_user(unit: UnitOfWork, user_id: UUID) -> User:
    """Read and lock a user until the transaction ends.

    Raises:
        NotFoundError: There is no such user (USER_NOT_FOUND).
    """
    return require_found(await queries.USER_FOR_UPDATE.first(unit, user_id=user_id), "user", user_id)


async def lock_credentials(unit: UnitOfWork, user_id: UUID) -> Credentials | None:
    """Read and lock what proves who a user is, until the transaction ends; None for an unknown user.

    Whoever makes or ends a session, a token or a reset does this before any other lock. So a change of a
    password sees everything that was made before it, and what comes later sees the change.
    """
    return await queries.CREDENTIALS_FOR_UPDATE.first(unit, user_id=user_id)
