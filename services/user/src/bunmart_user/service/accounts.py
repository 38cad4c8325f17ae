"""Accounts: sign up, change, delete; and the first admin."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.identity import Client, Role
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_user import refusals
from bunmart_user.domain import accounts
from bunmart_user.domain.accounts import User, UserChange, UserRow
from bunmart_user.domain.limits import Limit, counter
from bunmart_user.domain.passwords import require_acceptable_password, require_length
from bunmart_user.domain.sessions import EndedBy
from bunmart_user.outbox import SendWelcome
from bunmart_user.queries import accounts as queries
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.service.base import lock_user
from bunmart_user.service.password_checks import PasswordChecks


class Accounts(PasswordChecks):
    """Use cases that change an account."""

    async def sign_up(
        self,
        *,
        email: str,
        password: str,
        display_name: str,
        phone: str,
        signup_key: str | None,
        client: Client,
    ) -> User:
        """Create a customer.

        The account is stored in a transaction of its own. Only after it is known whether this is a repeat,
        whose password has to be verified, and no transaction is open while a password is hashed. A call that
        dies in between is repeated with its key and finds the account.

        Args:
            email: Unique, whatever its case.
            password: At least 10 characters, and not among those that are guessed first.
            display_name: What other people read.
            phone: E.164, or empty.
            signup_key: The caller's idempotency key: the same sign-up again returns the same user.
            client: Who asks.

        Raises:
            InvalidArgumentError: A field is not acceptable.
            AlreadyExistsError: The address is taken (EMAIL_TAKEN).
            ResourceExhaustedError: There were too many sign-ups from this network (TOO_MANY_ATTEMPTS), or too
                many passwords are being checked (PASSWORD_QUEUE_FULL); both 429.
        """
        row = accounts.new_user(
            new_id(),
            email=email,
            display_name=display_name,
            phone=phone,
            roles=[Role.CUSTOMER],
            signup_key=signup_key,
            now=datetime.now(UTC),
        )
        require_length(password)
        async with self.hashes.place(client.network):
            await self.count([counter(Limit.SIGN_UP, client.network)])
            await self.hashes.compute(
                lambda: require_acceptable_password(password, [row.email, row.display_name])
            )
            row.password_hash = await self.hashes.hash(password)
            async with self.database.transaction() as own:
                added = await queries.ADD_USER.add(own, row)
                if added:
                    own.enqueue(SendWelcome(row.id), dedupe_key=str(row.id))
            return row if added else await self._require_same_sign_up(row, password)

    async def _require_same_sign_up(self, row: UserRow, password: str) -> User:
        """Return the user of an earlier sign-up, if this one has its key and its password."""
        taken = refusals.EMAIL_TAKEN.error()
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=row.email)
        if found is None or row.signup_key is None or found.signup_key != row.signup_key:
            raise taken
        user = await queries.USER.first(self.database, user_id=found.id)
        same_password = await self.hashes.verify(found.password_hash, password)
        if user is None or not same_password:
            raise taken
        return user

    async def ensure_admin(self) -> None:
        """Make the first admin of the settings, unless somebody has that address. Replicas may race."""
        email = self.settings.bootstrap_admin_email
        password = self.settings.bootstrap_admin_password.get_secret_value()
        if not email or not password:
            return
        row = accounts.new_user(
            new_id(),
            email=email,
            display_name="Admin",
            phone="",
            roles=[Role.CUSTOMER, Role.ADMIN],
            signup_key=None,
            now=datetime.now(UTC),
        )
        if await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=row.email) is not None:
            return
        row.password_hash = await self.hashes.hash(password)
        async with self.database.transaction() as own:
            await queries.ADD_USER.add(own, row)

    async def change_user(self, unit: UnitOfWork, user_id: UUID, change: UserChange, *, actor: UUID) -> User:
        """Change a user; the row is locked. Deactivating ends all sessions, new roles end all access tokens.

        Args:
            unit: Of the call.
            user_id: The user to change.
            change: The change.
            actor: The user who asks for it. An access token is trusted only as far as its account still is.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
            AbortedError: ``version`` is given and not the current one (VERSION_MISMATCH).
            InvalidArgumentError: A field is not acceptable.
            PermissionDeniedError: The actor was deactivated or dismissed meanwhile (ACCESS_REVOKED).
            FailedPreconditionError: The account is deleted (USER_DELETED), or it is the last active admin
                (LAST_ADMIN).
        """
        admins = await queries.ADMINS_FOR_UPDATE.all(unit) if change.touches_access else []
        user = await lock_user(unit, user_id)
        accounts.require_version(user, change.version)
        after = accounts.changed(user, change)
        accounts.require_still_may(await queries.USER.first(unit, user_id=actor), change, of=user_id)
        if user.is_active_admin and not after.is_active_admin:
            accounts.require_another_admin(user_id, admins)
        if user.active and not after.active:
            await self.end_sessions(unit, user_id, EndedBy.DEACTIVATED)
        if accounts.ends_access(user, after):
            await self.end_tokens(unit, user_id)
        return await _save(unit, after)

    async def delete_user(self, unit: UnitOfWork, user_id: UUID, *, actor: UUID) -> None:
        """Deactivate an account and remove all that is personal; a deleted one stays so.

        The row itself stays, because orders and reviews refer to it.

        Args:
            unit: Of the call.
            user_id: The user to delete.
            actor: The user who asks for it: the same, or an admin.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
            PermissionDeniedError: The actor is no admin any more (ACCESS_REVOKED).
            FailedPreconditionError: It is the last active admin (LAST_ADMIN).
        """
        admins = await queries.ADMINS_FOR_UPDATE.all(unit)
        user = await lock_user(unit, user_id)
        if actor != user_id:
            deactivation = UserChange(active=False)
            found = await queries.USER.first(unit, user_id=actor)
            accounts.require_still_may(found, deactivation, of=user_id)
        if user.email is None:
            return
        if user.is_active_admin:
            accounts.require_another_admin(user_id, admins)
        await self.end_tokens(unit, user_id)
        await queries.DELETE_ADDRESSES.run(unit, user_id=user_id)
        await credential_queries.DELETE_TOKENS.run(unit, user_id=user_id)
        await credential_queries.DELETE_SESSIONS.run(unit, user_id=user_id)
        await credential_queries.DELETE_DEVICES.run(unit, user_id=user_id, kept=None)
        await queries.SET_PASSWORD.run(unit, user_id=user_id, password_hash="")
        await _save(unit, accounts.anonymous(user))


async def _save(unit: UnitOfWork, user: User) -> User:
    return await queries.SAVE_USER.one(
        unit,
        user_id=user.id,
        email=user.email,
        display_name=user.display_name,
        phone=user.phone,
        roles=user.roles,
        active=user.active,
        preferences=user.preferences,
        version=user.version,
    )
