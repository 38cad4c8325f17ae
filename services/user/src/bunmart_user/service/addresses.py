"""Addresses of a user."""

from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError

from bunmart_user import domain, queries
from bunmart_user.domain import Address
from bunmart_user.service.base import UseCases, locked


class Addresses(UseCases):
    """Postal addresses, for delivery and for the invoice."""

    async def address(self, user_id: UUID, address_id: UUID) -> Address:
        """One address of a user (NOT_FOUND)."""
        return _found(
            await queries.ADDRESS.first(self.database, user_id=user_id, address_id=address_id), address_id
        )

    async def add_address(self, address: Address) -> Address:
        """Store a new address; the user's row is locked, so that the limit holds.

        Raises:
            NotFoundError: There is no such user.
            FailedPreconditionError: The account is deleted, not active, or has 50 addresses
                already (ADDRESS_LIMIT).
        """
        checked = domain.check_address(address)
        async with self.database.transaction() as unit:
            user = await locked(unit, address.user_id)
            if user.email is None:
                raise FailedPreconditionError("The account is deleted.", code="USER_DELETED")
            if not user.active:
                raise FailedPreconditionError("The account is not active.", code="USER_NOT_ACTIVE")
            count = await queries.COUNT_ADDRESSES.first(unit, user_id=address.user_id)
            if int(str(count)) >= domain.MAX_ADDRESSES:
                raise FailedPreconditionError(
                    f"More than {domain.MAX_ADDRESSES} addresses are not kept.", code="ADDRESS_LIMIT"
                )
            await queries.ADD_ADDRESS.add(unit, checked)
        return checked

    async def change_address(self, address: Address) -> Address:
        """Replace an address of a user (NOT_FOUND). Orders keep the one that they were placed with."""
        checked = domain.check_address(address)
        fields = msgspec.structs.asdict(checked)
        del fields["id"], fields["created_at"]
        return _found(
            await queries.SAVE_ADDRESS.first(self.database, address_id=address.id, **fields), address.id
        )

    async def delete_address(self, user_id: UUID, address_id: UUID) -> None:
        """Delete an address of a user; one that is gone already is no error."""
        await queries.DELETE_ADDRESS.run(self.database, user_id=user_id, address_id=address_id)


def _found(address: Address | None, address_id: UUID) -> Address:
    if address is None:
        raise NotFoundError(f"No address {address_id}.", code="ADDRESS_NOT_FOUND")
    return address
