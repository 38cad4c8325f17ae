"""People and their roles."""

import enum
from uuid import UUID

import msgspec

from bunmart_chassis.errors import PermissionDeniedError


class Role(enum.StrEnum):
    """A set of things that a person may do; an admin may do everything."""

    CUSTOMER = "customer"
    KITCHEN = "kitchen"
    DRIVER = "driver"
    ADMIN = "admin"


class Principal(msgspec.Struct, frozen=True):
    """The person behind an access token.

    Attributes:
        user_id: The user (``sub``).
        roles: The roles that the token names.
        session_id: The session that the token belongs to (``sid``); None when it names none.
        credentials_version: The version of the user's credentials when it was signed (``cv``), from 1; 0 when
            it names none.
    """

    user_id: UUID
    roles: frozenset[str]
    session_id: UUID | None = None
    credentials_version: int = 0

    @property
    def is_admin(self) -> bool:
        """True for an admin, who may do everything."""
        return Role.ADMIN in self.roles

    @property
    def is_staff(self) -> bool:
        """True for a person who may do more than a customer."""
        return not self.roles <= {Role.CUSTOMER}

    def has(self, *roles: Role) -> bool:
        """True when the person holds one of the roles, or is an admin."""
        return self.is_admin or not self.roles.isdisjoint(roles)

    def require_self(self, user_id: UUID) -> None:
        """Refuse unless this is the person's own thing, or an admin asks (PERMISSION_DENIED, 403)."""
        if self.user_id != user_id and not self.is_admin:
            raise PermissionDeniedError("This belongs to somebody else.")
