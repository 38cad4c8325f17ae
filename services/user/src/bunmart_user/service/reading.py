"""Reading users."""

from uuid import UUID

from bunmart_chassis.identity import Role
from bunmart_chassis.paging import Page, page_of

from bunmart_user import domain, queries
from bunmart_user.domain import Address, Contact, User
from bunmart_user.service.base import UseCases, user_not_found


class Reading(UseCases):
    """Users as they are."""

    async def get(self, user_id: UUID) -> User:
        """One user (NOT_FOUND)."""
        user = await queries.USER.first(self.database, user_id=user_id)
        if user is None:
            raise user_not_found(user_id)
        return user

    async def find_contact(self, user_id: UUID) -> Contact | None:
        """How to reach a user, active or not; None when there is no such user."""
        return await queries.CONTACT.first(self.database, user_id=user_id)

    async def contact(self, user_id: UUID) -> Contact:
        """How to reach a user, active or not (NOT_FOUND)."""
        contact = await self.find_contact(user_id)
        if contact is None:
            raise user_not_found(user_id)
        return contact

    async def addresses(self, user_id: UUID) -> list[Address]:
        """All addresses of a user, oldest first (NOT_FOUND)."""
        addresses = await queries.ADDRESSES_OF.all(self.database, user_id=user_id)
        if not addresses:
            await self.contact(user_id)
        return addresses

    async def list_page(
        self, *, role: Role | None, email: str | None, size: int, after: UUID | None
    ) -> Page[User]:
        """All users, or those with a role, or the one with an e-mail address; newest first."""
        shape = "email" if email else "role" if role else "all"
        users = await queries.PAGES[shape, after is not None].all(
            self.database,
            role=role,
            email=domain.normalise_email(email) if email else None,
            after=after,
            limit=size + 1,
        )
        return page_of(users, size, lambda user: user.id)
