"""The rules of users and their sessions, without I/O."""

import enum
import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import email_validator
import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError, PermissionDeniedError
from bunmart_chassis.identity import Role
from bunmart_chassis.validation import optional_text, require_text

from bunmart_user.countries import COUNTRIES

# Local systems live under .local; nobody can take such a name from anybody else.
if "local" in email_validator.SPECIAL_USE_DOMAIN_NAMES:
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")

MIN_PASSWORD = 10
MAX_PASSWORD = 128
MAX_ADDRESSES = 50
"""Addresses of one user."""
MAX_FAILURES = 10
"""Wrong passwords of one account within ``FAILURE_WINDOW_SECONDS``; then it has to wait."""
FAILURE_WINDOW_SECONDS = 600
RESET_PAUSE_SECONDS = 60
"""Between two password reset mails to the same person, in seconds."""
DELETED_NAME = "Deleted user"
ROLE_DESCRIPTIONS = {
    Role.CUSTOMER: "Orders, pays and reviews.",
    Role.KITCHEN: "Works on production orders.",
    Role.DRIVER: "Delivers shipments.",
    Role.ADMIN: "May do everything.",
}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_PUNCTUATION = str.maketrans("", "", " -./()\u00a0")

Preference = str | int | float | bool | None


class AddressType(enum.StrEnum):
    """What an address is for."""

    SHIPPING = "SHIPPING"
    BILLING = "BILLING"


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
        """Whether this account can administrate."""
        return self.active and Role.ADMIN in self.roles


class UserRow(User):
    """A user as stored: with the hash of the password and the idempotency key of the sign-up."""

    password_hash: str
    signup_key: str | None


class Credentials(msgspec.Struct):
    """What signing in needs to know about an account."""

    id: UUID
    email: str | None
    password_hash: str
    roles: list[str]
    active: bool
    signup_key: str | None


class Contact(msgspec.Struct):
    """What peers are told about a user."""

    id: UUID
    email: str | None
    display_name: str
    phone: str
    roles: list[str]
    active: bool


class Address(msgspec.Struct):
    """A postal address of a user; ``country`` is ISO 3166-1 alpha-2."""

    id: UUID
    user_id: UUID
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    type: AddressType
    created_at: datetime


class UserChange(msgspec.Struct, kw_only=True):
    """What to change of a user; None keeps it."""

    display_name: str | None = None
    phone: str | None = None
    preferences: dict[str, Preference] | None = None
    roles: Collection[Role] | None = None
    active: bool | None = None
    version: int | None = None

    @property
    def touches_access(self) -> bool:
        """Whether it needs an admin: roles, or whether the account is active."""
        return self.roles is not None or self.active is not None


def normalise_email(email: str) -> str:
    """Check an e-mail address and bring it to the one form under which it is unique (lower case, ASCII)."""
    try:
        found = email_validator.validate_email(
            email.strip(), check_deliverability=False, allow_smtputf8=False
        )
    except (email_validator.EmailNotValidError, UnicodeError):
        raise InvalidArgumentError.field("email", "must be an e-mail address") from None
    return (found.ascii_email or found.normalized).lower()


def normalise_phone(phone: str) -> str:
    """Check a phone number and bring it to E.164; empty stays empty."""
    compact = phone.translate(_PHONE_PUNCTUATION)
    if compact and not _E164.fullmatch(compact):
        raise InvalidArgumentError.field("phone", 'must be in international form, such as "+4915112345678"')
    return compact


def check_password(password: str, email: str | None, *, field: str = "password") -> None:
    """Refuse a password that is too short, too long, or the e-mail address (NIST SP 800-63B, 3.1.1)."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidArgumentError.field(field, f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if email is not None and unicodedata.normalize("NFKC", password).lower() == email:
        raise InvalidArgumentError.field(field, "must not be the e-mail address")


def check_address(address: Address) -> Address:
    """Strip and check the fields of an address."""
    country = address.country.strip().upper()
    if country not in COUNTRIES:
        raise InvalidArgumentError.field("country", "must be an ISO 3166-1 alpha-2 code, such as DE")
    return msgspec.structs.replace(
        address,
        line1=require_text("line1", address.line1),
        line2=optional_text("line2", address.line2),
        city=require_text("city", address.city, most=100),
        state=optional_text("state", address.state, most=100),
        postal_code=optional_text("postal_code", address.postal_code, most=20),
        country=country,
    )


def changed(user: User, change: UserChange) -> User:
    """The user as he is after a change.

    Raises:
        FailedPreconditionError: The account is deleted (USER_DELETED).
    """
    if user.email is None:
        raise FailedPreconditionError("The account is deleted.", code="USER_DELETED")
    roles = user.roles if change.roles is None else [role for role in Role if role in change.roles]
    return msgspec.structs.replace(
        user,
        display_name=user.display_name
        if change.display_name is None
        else require_text("display_name", change.display_name, most=100),
        phone=user.phone if change.phone is None else normalise_phone(change.phone),
        preferences=user.preferences if change.preferences is None else change.preferences,
        roles=[str(role) for role in roles],
        active=user.active if change.active is None else change.active,
        version=user.version + 1,
    )


def require_another_admin(user_id: UUID, admins: Collection[UUID]) -> None:
    """Refuse to lose the last active admin (LAST_ADMIN)."""
    if not any(admin != user_id for admin in admins):
        raise FailedPreconditionError("There must be another active admin first.", code="LAST_ADMIN")


def require_admin_for_access(change: UserChange, *, is_admin: bool) -> None:
    """Refuse a change of roles or activity by anybody but an admin."""
    if change.touches_access and not is_admin:
        raise PermissionDeniedError("Only admins change roles and whether an account is active.")


def require_still_may(actor: User | None, change: UserChange) -> None:
    """Refuse what an access token grants that is older than the loss of the right (ACCESS_REVOKED).

    Tokens live a quarter of an hour. Without this, an admin who was dismissed could appoint himself again.

    Args:
        actor: The account behind the token, as it is now.
        change: What it wants.
    """
    if actor is None:
        return
    if not actor.active or (change.touches_access and not actor.is_active_admin):
        raise PermissionDeniedError(
            "Your account may not do this any more; sign in again.", code="ACCESS_REVOKED"
        )


def anonymous(user: User) -> User:
    """What stays of a deleted account."""
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
