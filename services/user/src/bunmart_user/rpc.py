"""gRPC of the user service (``proto/bunmart/user/v1/user.proto``)."""

from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.rpc import Context
from bunmart_chassis.validation import require_uuid

from bunmart_user.domain.accounts import Contact
from bunmart_user.domain.addresses import Address
from bunmart_user.service import Users

SERVICE = user_pb2.DESCRIPTOR.services_by_name["UserService"].full_name


class UserServicer(user_pb2_grpc.UserServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, users: Users) -> None:
        self._users = users

    async def GetUser(self, request: user_pb2.GetUserRequest, context: Context) -> user_pb2.GetUserResponse:
        """Return the profile of a user, active or not."""
        contact = await self._users.get_contact(require_uuid("user_id", request.user_id))
        return user_pb2.GetUserResponse(user=user_info(contact))

    async def GetUserAddresses(
        self, request: user_pb2.GetUserAddressesRequest, context: Context
    ) -> user_pb2.GetUserAddressesResponse:
        """Return all addresses of a user."""
        addresses = await self._users.list_addresses(require_uuid("user_id", request.user_id))
        return user_pb2.GetUserAddressesResponse(addresses=[address_info(each) for each in addresses])

    async def ValidateUser(
        self, request: user_pb2.ValidateUserRequest, context: Context
    ) -> user_pb2.ValidateUserResponse:
        """Return the profile of a user, if it exists and is active."""
        contact = await self._users.find_contact(require_uuid("user_id", request.user_id))
        if contact is None or not contact.active:
            return user_pb2.ValidateUserResponse(valid=False)
        return user_pb2.ValidateUserResponse(valid=True, user=user_info(contact))


def user_info(contact: Contact) -> user_pb2.UserInfo:
    """Present a user; the e-mail address of a deleted one is empty."""
    return user_pb2.UserInfo(
        user_id=str(contact.id),
        email=contact.email or "",
        display_name=contact.display_name,
        roles=contact.roles,
        phone=contact.phone,
    )


def address_info(address: Address) -> user_pb2.AddressInfo:
    """Present an address."""
    return user_pb2.AddressInfo(
        address_id=str(address.id),
        user_id=str(address.user_id),
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=address.country,
        type=address.type,
    )
