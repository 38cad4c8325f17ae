"""Users and their addresses, read."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.identity import Role
from bunmart_chassis.paging import Page, PageRequest

from bunmart_user.domain.accounts import Contact, User
from bunmart_user.domain.addresses import Address
from bunmart_user.domain.contact_details import normalise_email
from bunmart_user.queries import accounts as queries
from bunmart_user.service.base import UseCases


class Lookup(UseCases):
    """Read-only use cases of users."""

    async def get_user(self, user_id: UUID) -> User:
        """Read a user, active or not.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
        """
        return require_found(await queries.USER.first(self.database, user_id=user_id), "user", user_id)

    async def list_users(self, page: PageRequest, *, role: Role | None, email: str | None) -> Page[User]:
        """Read a page of users, newest first.

        Args:
            page: Which.
            role: Only those who have it.
            email: Only the one with this address.

        Raises:
            InvalidArgumentError: It is no e-mail address.
        """
        return await queries.USERS_BY_PAGE.page(
            self.database, page, role=role, email=normalise_email(email) if email else None
        )

    async def find_contact(self, user_id: UUID) -> Contact | None:
        """Return the contact details of a user, active or not; None when there is no such user."""
        return await queries.CONTACT.first(self.database, user_id=user_id)

    async def get_contact(self, user_id: UUID) -> Contact:
        """Return the contact details of a user, active or not.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
        """
        return require_found(await self.find_contact(user_id), "user", user_id)

    async def list_addresses(self, user_id: UUID) -> list[Address]:
        """Return all addresses of a user, oldest first.

        Raises:
            NotFoundError: There is no such user (USER_NOT_FOUND).
        """
        addresses = await queries.ADDRESSES_OF.all(self.database, user_id=user_id)
        if not addresses:
            await self.get_contact(user_id)
        return addresses

    async def get_address(self, user_id: UUID, address_id: UUID) -> Address:
        """Return an address of a user.

        Raises:
            NotFoundError: The user has no such address (ADDRESS_NOT_FOUND).
        """
        found = await queries.ADDRESS.first(self.database, user_id=user_id, address_id=address_id)
        return require_found(found, "address", address_id)
