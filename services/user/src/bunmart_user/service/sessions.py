"""Sessions: sign in, refresh, sign out; see and end one's own.

Their answers are tokens, which the idempotency store must not keep: ``rest/auth.py`` says so.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from bunmart_chassis.errors import UnauthenticatedError, require_found
from bunmart_chassis.identity import Client
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.storage import UnitOfWork

from bunmart_user.domain.accounts import Credentials
from bunmart_user.domain.contact_details import normalise_email
from bunmart_user.domain.limits import WINDOW
from bunmart_user.domain.sessions import (
    KEEP_ENDED,
    Accepted,
    EndedBy,
    PresentedToken,
    Refused,
    Repeated,
    Reused,
    Session,
    judge,
    new_refresh_token,
)
from bunmart_user.domain.token_expiry import DEVICE_LIFE, MAX_DEVICES, Device, new_device
from bunmart_user.opaque_tokens import hash_of, new_token
from bunmart_user.queries import accounts as queries
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.queries import limits as limit_queries
from bunmart_user.sealing import open_sealed, seal
from bunmart_user.service.base import lock_credentials, lock_user
from bunmart_user.service.password_checks import PasswordChecks


class Grant(msgspec.Struct):
    """The tokens of a person who signed in; ``device_token`` only when the device was not known before."""

    access_token: str
    refresh_token: str
    expires_in: int
    user_id: UUID
    roles: list[str]
    session_id: UUID
    device_token: str | None = None


class Sessions(PasswordChecks):
    """Use cases that begin, continue and end a session."""

    async def log_in(
        self, unit: UnitOfWork, email: str, password: str, client: Client, device_token: str | None
    ) -> Grant:
        """Sign in with a password.

        Passwords are verified and hashed before the first statement of the unit. Then the account is locked
        and compared with the one whose password was checked: a change that came in between wins.

        Raises:
            InvalidArgumentError: It is no e-mail address.
            UnauthenticatedError: No active account has this address and password (INVALID_CREDENTIALS).
            ResourceExhaustedError: Too many wrong passwords came before (TOO_MANY_ATTEMPTS), or too many
                people sign in at the moment (PASSWORD_QUEUE_FULL).
            UnavailableError: There is no key that signs access tokens (SIGNING_KEY_MISSING).
        """
        address = normalise_email(email)
        refusal = UnauthenticatedError("E-mail address or password is wrong.", code="INVALID_CREDENTIALS")
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=address)
        device = await self.find_device(found, device_token)
        if not await self.check_password(address, found, password, client, device) or found is None:
            raise refusal
        is_outdated = self.hashes.is_outdated(found.password_hash)
        fresh = await self.hashes.hash(password) if is_outdated else None
        account = await lock_credentials(unit, found.id)
        if account is None or not _is_unchanged(found, account, rehashed=is_outdated):
            raise refusal
        if fresh is not None:
            await queries.REHASH.run(unit, user_id=found.id, password_hash=fresh)
        grant = await self._begin(unit, account, client)
        grant.device_token = await self._remember_device(unit, found.id, device)
        return grant

    async def _begin(self, unit: UnitOfWork, account: Credentials, client: Client) -> Grant:
        now = datetime.now(UTC)
        expires_at = now + self._lifetime
        session = Session(new_id(), account.id, now, now, expires_at, client.agent, client.shown)
        await credential_queries.ADD_SESSION.add(unit, session)
        token, hashed = new_token()
        await self._add_token(unit, account.id, session.id, hashed)
        return self._grant(account, session.id, token)

    @property
    def _lifetime(self) -> timedelta:
        return timedelta(seconds=self.settings.refresh_token_seconds)

    async def _add_token(self, unit: UnitOfWork, user_id: UUID, session_id: UUID, hashed: bytes) -> None:
        row = new_refresh_token(
            new_id(),
            family=session_id,
            user_id=user_id,
            hashed=hashed,
            now=datetime.now(UTC),
            lifetime=self._lifetime,
        )
        await credential_queries.ADD_TOKEN.add(unit, row)

    def _grant(self, account: Credentials, session_id: UUID, refresh_token: str) -> Grant:
        access_token = self.tokens.issue(
            account.id, account.roles, session_id=session_id, version=account.credentials_version
        )
        return Grant(access_token, refresh_token, self.tokens.seconds, account.id, account.roles, session_id)

    async def _remember_device(self, unit: UnitOfWork, user_id: UUID, known: Device | None) -> str | None:
        now = datetime.now(UTC)
        if known is not None:
            await credential_queries.TOUCH_DEVICE.run(unit, device_id=known.id, expires_at=now + DEVICE_LIFE)
            return None
        return await self.add_device(unit, user_id)

    async def add_device(self, unit: UnitOfWork, user_id: UUID) -> str:
        """Store a device of a user and return its token; the user is locked."""
        token, hashed = new_token()
        await credential_queries.ADD_DEVICE.add(
            unit, new_device(new_id(), user_id, hashed, datetime.now(UTC))
        )
        await credential_queries.DELETE_OLD_DEVICES.run(unit, user_id=user_id, most=MAX_DEVICES)
        return token

    async def refresh(self, refresh_token: str, client: Client) -> Grant:
        """Exchange a refresh token for new tokens, with the roles of now.

        All of it is one transaction of its own, and not the unit of the call: the end of a session is decided
        under the lock of its user, and must stand although the call is refused.

        Raises:
            UnauthenticatedError: It is unknown, expired, revoked, or its account is not active
                (REFRESH_TOKEN_INVALID); or it was used before, and now its session has ended
                (REFRESH_TOKEN_REUSED).
            UnavailableError: There is no key that signs access tokens (SIGNING_KEY_MISSING).
        """
        invalid = UnauthenticatedError("The refresh token is not valid.", code="REFRESH_TOKEN_INVALID")
        hashed = hash_of(refresh_token)
        owner = await credential_queries.OWNER_OF_TOKEN.first(self.database, hash=hashed)
        if owner is None:
            raise invalid
        async with self.database.transaction() as own:
            account = await lock_credentials(own, owner)
            if account is None:
                raise invalid
            presented, verdict = refresh_token, await self._judge(own, account, refresh_token)
            while isinstance(verdict, Repeated):
                # The successor may have been used as well; the newest token of the chain is the one that
                # lives.
                presented = open_sealed(presented, verdict.successor)
                verdict = await self._judge(own, account, presented)
            if isinstance(verdict, Accepted):
                session_id = verdict.token.family
                if presented != refresh_token:
                    return self._grant(account, session_id, presented)
                return await self._exchange(own, account, verdict.token, presented, client)
            if isinstance(verdict, Reused):
                await self.end_one_session(own, owner, verdict.session_id, EndedBy.TOKEN_REUSED)
        if isinstance(verdict, Refused):
            raise invalid
        raise UnauthenticatedError(
            "The refresh token was used before; sign in again.", code="REFRESH_TOKEN_REUSED"
        )

    async def _judge(
        self, own: UnitOfWork, account: Credentials, token: str
    ) -> Accepted | Repeated | Reused | Refused:
        found = await credential_queries.PRESENTED_TOKEN.first(own, hash=hash_of(token))
        return judge(found, active=account.active)

    async def _exchange(
        self, own: UnitOfWork, account: Credentials, used: PresentedToken, presented: str, client: Client
    ) -> Grant:
        successor, hashed = new_token()
        sealed = seal(presented, successor)
        grace = float(self.settings.refresh_grace_seconds)
        now = datetime.now(UTC)
        session = Session(used.family, account.id, now, now, now + self._lifetime, client.agent, client.shown)
        await credential_queries.USE_TOKEN.run(own, token_id=used.id, sealed=sealed, grace=grace)
        if not await credential_queries.ADD_SESSION.add(own, session):
            await credential_queries.TOUCH_SESSION.run(
                own,
                session_id=session.id,
                expires_at=session.expires_at,
                user_agent=session.user_agent,
                client_network=session.client_network,
            )
        await self._add_token(own, account.id, used.family, hashed)
        return self._grant(account, used.family, successor)

    async def log_out(self, unit: UnitOfWork, refresh_token: str) -> None:
        """End the session of a refresh token; one that is unknown or ended is no error."""
        hashed = hash_of(refresh_token)
        owner = await credential_queries.OWNER_OF_TOKEN.first(self.database, hash=hashed)
        if owner is None:
            return
        await lock_credentials(unit, owner)
        token = await credential_queries.PRESENTED_TOKEN.first(unit, hash=hashed)
        if token is not None:
            await self.end_one_session(unit, owner, token.family, EndedBy.SIGNED_OUT)

    async def list_sessions(self, user_id: UUID, page: PageRequest) -> Page[Session]:
        """List the living sessions of a user, newest first.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
        """
        found = await credential_queries.SESSIONS_BY_PAGE.page(self.database, page, user_id=user_id)
        if not found.items:
            require_found(await queries.USER.first(self.database, user_id=user_id), "user", user_id)
        return found

    async def end_session(self, unit: UnitOfWork, user_id: UUID, session_id: UUID) -> None:
        """End a session of a user; one that has ended is no error.

        Raises:
            NotFoundError: The user has no such session (USER_NOT_FOUND, SESSION_NOT_FOUND).
        """
        await lock_user(unit, user_id)
        found = await credential_queries.SESSION.first(unit, user_id=user_id, session_id=session_id)
        require_found(found, "session", session_id)
        await self.end_one_session(unit, user_id, session_id, EndedBy.ENDED_BY_USER)

    async def end_other_sessions(self, unit: UnitOfWork, user_id: UUID, kept: UUID | None) -> None:
        """End all sessions of a user but one.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
        """
        await lock_user(unit, user_id)
        await self.end_sessions(unit, user_id, EndedBy.ENDED_BY_USER, kept=kept)

    async def forget_successors(self) -> None:
        """Delete the sealed successors whose grace is over."""
        async with self.database.transaction() as unit:
            await credential_queries.FORGET_SUCCESSORS.run(unit)

    async def delete_expired(self) -> None:
        """Delete what has no effect any more: what has expired, old sessions, and old tries."""
        now = datetime.now(UTC)
        async with self.database.transaction() as unit:
            for command in credential_queries.DELETE_EXPIRED:
                await command.run(unit, ended_before=now - KEEP_ENDED)
            await limit_queries.DELETE_OLD.run(unit, since=now - WINDOW)


def _is_unchanged(checked: Credentials, now: Credentials, *, rehashed: bool) -> bool:
    """True when the password that was checked is still the one of the account.

    The version tells it. The hash tells of a change by a replica of the release before, which raises no
    version; it may differ when another login has just renewed an outdated hash.
    """
    same_hash = rehashed or checked.password_hash == now.password_hash
    return now.active and same_hash and checked.credentials_version == now.credentials_version
