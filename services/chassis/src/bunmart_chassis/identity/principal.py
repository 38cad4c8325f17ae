"""People and their roles."""

import enum
from uuid import UUID

import msgspec

from bunmart_chassis.errors import PermissionDeniedError


class Role(enum.StrEnum):
    """What a person may do; admins may do everything."""

    CUSTOMER = "customer"
    KITCHEN = "kitchen"
    DRIVER = "driver"
    ADMIN = "admin"


class Principal(msgspec.Struct, frozen=True):
    """The person behind an access token."""

    user_id: UUID
    roles: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """Whether every door is open."""
        return Role.ADMIN in self.roles

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles, or admin, is held."""
        return self.is_admin or not self.roles.isdisjoint(roles)

    def require_self(self, user_id: UUID) -> None:
        """Refuse unless this is the person's own thing, or an admin asks (PERMISSION_DENIED, 403)."""
        if self.user_id != user_id and not self.is_admin:
            raise PermissionDeniedError("This belongs to somebody else.")
