"""The peer that the notification service calls (docs/who-calls-whom.md)."""

from uuid import UUID

from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError, NotFoundError
from bunmart_chassis.rpc import Peers, call_peer


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._user = user_pb2_grpc.UserServiceStub(peers.channel("user"))

    async def user(self, user_id: UUID) -> user_pb2.UserInfo:
        """Read the recipient with e-mail address and phone number."""
        request = user_pb2.GetUserRequest(user_id=str(user_id))
        return (await call_peer(self._user.GetUser, request, peer="user")).user

    async def require_user(self, field: str, user_id: UUID) -> None:
        """Check that there is such a user, active or not.

        Raises:
            InvalidArgumentError: There is none (``field``).
        """
        try:
            await self.user(user_id)
        except NotFoundError:
            raise InvalidArgumentError.field(field, "is not a user") from None
