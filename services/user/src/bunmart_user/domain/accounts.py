"""The rules of accounts: their changes, their roles, and the rights of admins."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, PermissionDeniedError
from bunmart_chassis.identity import Role
from bunmart_chassis.validation import require_name

from bunmart_user.domain.contact_details import normalise_email, normalise_phone

DELETED_NAME = "Deleted user"
MAX_DISPLAY_NAME = 100
ROLE_DESCRIPTIONS = {
    Role.CUSTOMER: "Orders, pays and reviews.",
    Role.KITCHEN: "Works on production orders.",
    Role.DRIVER: "Delivers shipments.",
    Role.ADMIN: "May do everything.",
}

Preference = str | int | float | bool | None


class User(msgspec.Struct):
    """A user without secrets; ``email`` is None once the account is deleted."""

    id: UUID
    email: str | None
    display_name: str
    phone: str
    roles: list[str]
    active: bool
    preferences: dict[str, Preference]
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def is_active_admin(self) -> bool:
        """True for an account that can administrate."""
        return self.active and Role.ADMIN in self.roles


class UserRow(User):
    """A user as stored: with the hash of the password and the idempotency key of the sign-up."""

    password_hash: str
    signup_key: str | None
    credentials_version: int


class Credentials(msgspec.Struct):
    """The part of an account that signing in needs.

    ``credentials_version`` rises with each change after which what was proved before proves nothing any more:
    of the password, of the roles, and when the account is deactivated or deleted.
    """

    id: UUID
    email: str | None
    display_name: str
    password_hash: str
    roles: list[str]
    active: bool
    signup_key: str | None
    credentials_version: int


class Contact(msgspec.Struct):
    """The part of an account that peers are told."""

    id: UUID
    email: str | None
    display_name: str
    phone: str
    roles: list[str]
    active: bool


class UserChange(msgspec.Struct, kw_only=True):
    """A change of a user; None keeps what is there."""

    display_name: str | None = None
    phone: str | None = None
    preferences: dict[str, Preference] | None = None
    roles: Collection[Role] | None = None
    active: bool | None = None
    version: int | None = None

    @property
    def touches_access(self) -> bool:
        """True for a change of roles or of ``active``, which needs an admin."""
        return self.roles is not None or self.active is not None


def new_user(
    user_id: UUID,
    *,
    email: str,
    display_name: str,
    phone: str,
    roles: Collection[Role],
    signup_key: str | None,
    now: datetime,
) -> UserRow:
    """Make the first state of an account: active, in version 1, and without a password yet.

    Raises:
        InvalidArgumentError: The e-mail address, the name or the phone number is not acceptable.
    """
    return UserRow(
        id=user_id,
        email=normalise_email(email),
        display_name=require_name("display_name", display_name, most=MAX_DISPLAY_NAME),
        phone=normalise_phone(phone),
        roles=[str(role) for role in roles],
        active=True,
        preferences={},
        created_at=now,
        updated_at=now,
        version=1,
        password_hash="",
        signup_key=signup_key,
        credentials_version=1,
    )


def require_not_deleted(user: User) -> None:
    """Refuse what a deleted account cannot do.

    Raises:
        FailedPreconditionError: The account is deleted (USER_DELETED).
    """
    if user.email is None:
        raise FailedPreconditionError("The account is deleted.", code="USER_DELETED")


def require_active(user: User) -> None:
    """Refuse what only an active account can do.

    Raises:
        FailedPreconditionError: The account is deleted (USER_DELETED) or not active (USER_NOT_ACTIVE).
    """
    require_not_deleted(user)
    if not user.active:
        raise FailedPreconditionError("The account is not active.", code="USER_NOT_ACTIVE")


def require_version(user: User, version: int | None) -> None:
    """Refuse a change that was meant for another version of a user.

    Args:
        user: As it is now.
        version: The version that the caller read; None accepts any.

    Raises:
        AbortedError: It is not the current one (VERSION_MISMATCH).
    """
    if version not in (None, user.version):
        raise AbortedError(
            "The user was changed meanwhile; read again.",
            code="VERSION_MISMATCH",
            metadata={"version": str(user.version)},
        )


def changed(user: User, change: UserChange) -> User:
    """Return a user with a change applied.

    Raises:
        FailedPreconditionError: The account is deleted (USER_DELETED).
        InvalidArgumentError: The phone number is not acceptable.
    """
    require_not_deleted(user)
    roles = user.roles if change.roles is None else [role for role in Role if role in change.roles]
    return msgspec.structs.replace(
        user,
        display_name=user.display_name if change.display_name is None else change.display_name,
        phone=user.phone if change.phone is None else normalise_phone(change.phone),
        preferences=user.preferences if change.preferences is None else change.preferences,
        roles=[str(role) for role in roles],
        active=user.active if change.active is None else change.active,
        version=user.version + 1,
    )


def require_another_admin(user_id: UUID, admins: Collection[UUID]) -> None:
    """Refuse to lose the last active admin.

    Raises:
        FailedPreconditionError: None of the admins is another than this user (LAST_ADMIN).
    """
    if not any(admin != user_id for admin in admins):
        raise FailedPreconditionError("There must be another active admin first.", code="LAST_ADMIN")


def require_admin_for_access(change: UserChange, *, is_admin: bool) -> None:
    """Refuse a change of roles or of ``active`` by anybody but an admin.

    Raises:
        PermissionDeniedError: It is not an admin who asks.
    """
    if change.touches_access and not is_admin:
        raise PermissionDeniedError("Only admins change roles and whether an account is active.")


def ends_access(before: User, after: User) -> bool:
    """True for a change after which access tokens that were issued before must not be good any more."""
    return set(before.roles) != set(after.roles) or (before.active and not after.active)


def require_still_may(actor: User | None, change: UserChange, *, of: UUID) -> None:
    """Refuse a change by an account that lost the right to it after its access token was issued.

    Access tokens are good for a quarter of an hour. Without this rule, an admin who was dismissed could
    become one again in that time.

    Args:
        actor: The account behind the token, as it is now; None when it is not one of ours.
        change: The change that it asks for.
        of: The user who is changed.

    Raises:
        PermissionDeniedError: It is not active, or no admin any more (ACCESS_REVOKED).
    """
    if actor is None:
        return
    needs_admin = change.touches_access or actor.id != of
    if not actor.active or (needs_admin and not actor.is_active_admin):
        raise PermissionDeniedError(
            "Your account may not do this any more; sign in again.", code="ACCESS_REVOKED"
        )


def anonymous(user: User) -> User:
    """Return what stays of an account when it is deleted: nothing personal."""
    return msgspec.structs.replace(
        user,
        email=None,
        display_name=DELETED_NAME,
        phone="",
        roles=[],
        active=False,
        preferences={},
        version=user.version + 1,
    )
