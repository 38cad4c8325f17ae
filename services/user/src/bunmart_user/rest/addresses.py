"""Addresses of users over REST."""

from datetime import UTC, datetime
from uuid import UUID

from bunmart_chassis.identity import Principal
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put

from bunmart_user.schemas import AddressBody, AddressView, address_view
from bunmart_user.service import Users


class AddressController(Controller):
    """Postal addresses: everybody has their own, admins see and change all."""

    path = "/api/users/{user_id:uuid}/addresses"
    tags = ("addresses",)

    @post("/", operation_id="CreateAddress")
    async def create(
        self, unit: UnitOfWork, user_id: UUID, data: AddressBody, principal: Principal, users: Users
    ) -> AddressView:
        """Add an address."""
        principal.require_self(user_id)
        address = data.address(new_id(), user_id, datetime.now(UTC))
        return address_view(await users.add_address(unit, address))

    @get("/", operation_id="ListAddresses")
    async def list_all(self, user_id: UUID, principal: Principal, users: Users) -> Page[AddressView]:
        """List all addresses of a user, oldest first; there is only one page."""
        principal.require_self(user_id)
        return Page(items=[address_view(each) for each in await users.list_addresses(user_id)])

    @get("/{address_id:uuid}", operation_id="GetAddress")
    async def get_one(
        self, user_id: UUID, address_id: UUID, principal: Principal, users: Users
    ) -> AddressView:
        """Read an address."""
        principal.require_self(user_id)
        return address_view(await users.get_address(user_id, address_id))

    @put("/{address_id:uuid}", operation_id="UpdateAddress")
    async def update(
        self,
        unit: UnitOfWork,
        user_id: UUID,
        address_id: UUID,
        data: AddressBody,
        principal: Principal,
        users: Users,
    ) -> AddressView:
        """Replace an address. Orders keep the one that they were placed with."""
        principal.require_self(user_id)
        address = data.address(address_id, user_id, datetime.now(UTC))
        return address_view(await users.change_address(unit, address))

    @delete("/{address_id:uuid}", operation_id="DeleteAddress")
    async def delete(
        self, unit: UnitOfWork, user_id: UUID, address_id: UUID, principal: Principal, users: Users
    ) -> None:
        """Delete an address; one that is gone already is no error."""
        principal.require_self(user_id)
        await users.delete_address(unit, user_id, address_id)
