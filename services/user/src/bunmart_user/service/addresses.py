"""Addresses of a user."""

from uuid import UUID

import msgspec
from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_user.domain.accounts import require_active
from bunmart_user.domain.addresses import Address, check_address, require_below_limit
from bunmart_user.queries import accounts as queries
from bunmart_user.service.base import UseCases, lock_user


class Addresses(UseCases):
    """Postal addresses, for delivery and for the invoice."""

    async def add_address(self, unit: UnitOfWork, address: Address) -> Address:
        """Store a new address; the user's row is locked, so that the limit holds.

        Raises:
            InvalidArgumentError: A field is not acceptable.
            NotFoundError: There is no such user (USER_NOT_FOUND).
            FailedPreconditionError: The account is deleted (USER_DELETED) or not active (USER_NOT_ACTIVE), or
                has 50 addresses already (ADDRESS_LIMIT).
        """
        checked = check_address(address)
        require_active(await lock_user(unit, address.user_id))
        require_below_limit(await queries.COUNT_ADDRESSES.one(unit, user_id=address.user_id))
        await queries.ADD_ADDRESS.add(unit, checked)
        return checked

    async def change_address(self, unit: UnitOfWork, address: Address) -> Address:
        """Replace an address of a user. Orders keep the one that they were placed with.

        Raises:
            InvalidArgumentError: A field is not acceptable.
            NotFoundError: The user has no such address (ADDRESS_NOT_FOUND).
        """
        fields = msgspec.structs.asdict(check_address(address))
        del fields["id"], fields["created_at"]
        saved = await queries.SAVE_ADDRESS.first(unit, address_id=address.id, **fields)
        return require_found(saved, "address", address.id)

    async def delete_address(self, unit: UnitOfWork, user_id: UUID, address_id: UUID) -> None:
        """Delete an address of a user; one that is gone already is no error."""
        await queries.DELETE_ADDRESS.run(unit, user_id=user_id, address_id=address_id)
