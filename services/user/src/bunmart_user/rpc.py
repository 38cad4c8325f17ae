"""gRPC of the user service (``proto/bunmart/user/v1/user.proto``)."""

from datetime import UTC, datetime

from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.identity import Principal
from bunmart_chassis.paging import PageRequest
from bunmart_chassis.rpc import Context
from bunmart_chassis.validation import optional_uuid, require_time, require_uuid
from google.protobuf.timestamp_pb2 import Timestamp

from bunmart_user.domain.access import EndedAccess
from bunmart_user.domain.accounts import Contact
from bunmart_user.domain.addresses import Address
from bunmart_user.service import Users

DEFAULT_ENDED_PAGE, MAX_ENDED_PAGE = 500, 1000
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

    async def CheckAccess(
        self, request: user_pb2.CheckAccessRequest, context: Context
    ) -> user_pb2.CheckAccessResponse:
        """Tell whether an access token still holds, and the roles of its user now."""
        if request.credentials_version < 0:
            raise InvalidArgumentError.field("credentials_version", "must not be negative")
        principal = Principal(
            require_uuid("user_id", request.user_id),
            frozenset(),
            optional_uuid("session_id", request.session_id),
            request.credentials_version,
        )
        access = await self._users.check(principal)
        return user_pb2.CheckAccessResponse(active=access.active, roles=sorted(access.roles))

    async def ListEndedAccess(
        self, request: user_pb2.ListEndedAccessRequest, context: Context
    ) -> user_pb2.ListEndedAccessResponse:
        """List what ended earlier than the access tokens that rest on it."""
        if not 0 <= request.page_size <= MAX_ENDED_PAGE:
            raise InvalidArgumentError.field("page_size", f"must be 0 to {MAX_ENDED_PAGE}")
        since = None
        if request.HasField("since"):
            since = _time("since", request.since)
        page = PageRequest(request.page_size or DEFAULT_ENDED_PAGE, request.page_token)
        found = await self._users.list_ended_access(page, since)
        return user_pb2.ListEndedAccessResponse(
            ended=[ended_access(each) for each in found.items], next_page_token=found.next_page_token
        )


def _time(field: str, stamp: Timestamp) -> datetime:
    try:
        return require_time(field, stamp.ToDatetime(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise InvalidArgumentError.field(field, "is no time") from None


def ended_access(ended: EndedAccess) -> user_pb2.EndedAccess:
    """Present what ended."""
    shown = user_pb2.EndedAccess(
        user_id=str(ended.user_id),
        session_id=str(ended.session_id or ""),
        credentials_version=ended.credentials_version,
    )
    shown.ended_at.FromDatetime(ended.ended_at)
    shown.expires_at.FromDatetime(ended.expires_at)
    return shown


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
