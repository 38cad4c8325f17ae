"""Accounts: sign up, change, delete; and the first admin."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.errors import AbortedError, AlreadyExistsError
from bunmart_chassis.identity import Role
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork
from bunmart_chassis.validation import require_text

from bunmart_user import domain, queries
from bunmart_user.domain import User, UserChange, UserRow
from bunmart_user.outbox import SendWelcome
from bunmart_user.service.base import UseCases, locked


class Accounts(UseCases):
    """What changes an account."""

    async def sign_up(
        self, *, email: str, password: str, display_name: str, phone: str, signup_key: str | None
    ) -> User:
        """Create a customer.

        Args:
            email: Unique, whatever its case.
            password: At least 10 characters.
            display_name: What other people read.
            phone: E.164, or empty.
            signup_key: The caller's idempotency key: the same sign-up again returns the same user.

        Raises:
            AlreadyExistsError: The address is taken (EMAIL_TAKEN).
        """
        row = self._new_user(email, display_name, phone, [Role.CUSTOMER], signup_key)
        domain.check_password(password, row.email)
        row.password_hash = await self.passwords.hash(password)
        async with self.database.transaction() as unit:
            added = await queries.ADD_USER.add(unit, row)
            if added:
                unit.enqueue(SendWelcome(row.id), dedupe_key=str(row.id))
        return row if added else await self._same_sign_up(row, password)

    async def _same_sign_up(self, row: UserRow, password: str) -> User:
        taken = AlreadyExistsError("This e-mail address has an account.", code="EMAIL_TAKEN")
        found = await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=row.email)
        if found is None or row.signup_key is None or found.signup_key != row.signup_key:
            raise taken
        user = await queries.USER.first(self.database, user_id=found.id)
        same_password = await self.passwords.verify(found.password_hash, password)
        if user is None or not same_password:
            raise taken
        return user

    async def ensure_admin(self) -> None:
        """Make the first admin of the settings, unless somebody has that address. Replicas may race."""
        email = self.settings.bootstrap_admin_email
        password = self.settings.bootstrap_admin_password.get_secret_value()
        if not email or not password:
            return
        row = self._new_user(email, "Admin", "", [Role.CUSTOMER, Role.ADMIN], None)
        if await queries.CREDENTIALS_BY_EMAIL.first(self.database, email=row.email) is not None:
            return
        row.password_hash = await self.passwords.hash(password)
        await queries.ADD_USER.add(self.database, row)

    def _new_user(
        self, email: str, display_name: str, phone: str, roles: list[Role], signup_key: str | None
    ) -> UserRow:
        now = datetime.now(UTC)
        return UserRow(
            id=new_id(),
            email=domain.normalise_email(email),
            display_name=require_text("display_name", display_name, most=100),
            phone=domain.normalise_phone(phone),
            roles=[str(role) for role in roles],
            active=True,
            preferences={},
            created_at=now,
            updated_at=now,
            version=1,
            password_hash="",
            signup_key=signup_key,
        )

    async def change(self, user_id: UUID, change: UserChange, *, actor: UUID) -> User:
        """Change a user; the row is locked. Deactivating ends all sessions.

        Args:
            user_id: Who is changed.
            change: What is changed.
            actor: Who changes it; his token is trusted only as far as his account still is.

        Raises:
            PermissionDeniedError: The actor was deactivated or dismissed meanwhile (ACCESS_REVOKED).
            NotFoundError: There is no such user.
            AbortedError: ``version`` is given and not the current one (VERSION_MISMATCH).
            FailedPreconditionError: The account is deleted, or it is the last active admin.
        """
        async with self.database.transaction() as unit:
            admins = await _lock_admins(unit) if change.touches_access else []
            user = await locked(unit, user_id)
            if change.version not in (None, user.version):
                raise AbortedError(
                    "The user was changed meanwhile; read again.",
                    code="VERSION_MISMATCH",
                    metadata={"version": str(user.version)},
                )
            after = domain.changed(user, change)
            domain.require_still_may(await queries.USER.first(unit, user_id=actor), change)
            if user.is_active_admin and not after.is_active_admin:
                domain.require_another_admin(user_id, admins)
            if user.active and not after.active:
                await queries.REVOKE_ALL.run(unit, user_id=user_id)
            return await _save(unit, after)

    async def delete(self, user_id: UUID, *, actor: UUID) -> None:
        """Deactivate an account and remove all that is personal; a deleted one stays so.

        The row itself stays, because orders and reviews refer to it.

        Args:
            user_id: Whose.
            actor: Who deletes it: the person, or an admin.

        Raises:
            NotFoundError: There is no such user.
            PermissionDeniedError: The actor is no admin any more (ACCESS_REVOKED).
            FailedPreconditionError: It is the last active admin (LAST_ADMIN).
        """
        async with self.database.transaction() as unit:
            admins = await _lock_admins(unit)
            user = await locked(unit, user_id)
            if actor != user_id:
                deactivation = UserChange(active=False)
                domain.require_still_may(await queries.USER.first(unit, user_id=actor), deactivation)
            if user.email is None:
                return
            if user.is_active_admin:
                domain.require_another_admin(user_id, admins)
            await queries.FORGET_FAILURES.run(unit, email=user.email)
            for command in (queries.DELETE_ADDRESSES, queries.DELETE_TOKENS, queries.DELETE_RESET):
                await command.run(unit, user_id=user_id)
            await queries.SET_PASSWORD.run(unit, user_id=user_id, password_hash="")
            await _save(unit, domain.anonymous(user))


async def _lock_admins(unit: UnitOfWork) -> list[UUID]:
    return [UUID(str(found)) for found in await queries.ADMINS_FOR_UPDATE.all(unit)]


async def _save(unit: UnitOfWork, user: User) -> User:
    saved = await queries.SAVE_USER.first(
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
    return saved or user
