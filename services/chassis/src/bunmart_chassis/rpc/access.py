"""The user service as the source that knows which access ended (``identity.access``)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from bunmart.user.v1 import user_pb2, user_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from bunmart_chassis.identity import Access, Ended, Principal
from bunmart_chassis.rpc.peers import Peers, call_peer

_PEER = "user"
_PAGE = 1000


class UserServiceAccess:
    """Asks the user service over gRPC.

    Args:
        peers: The channels of the service.
    """

    def __init__(self, peers: Peers) -> None:
        self._stub = user_pb2_grpc.UserServiceStub(peers.channel(_PEER))

    async def check(self, principal: Principal) -> Access:
        """Tell whether a token still holds.

        Raises:
            BunmartError: The user service does not answer (UNAVAILABLE, 503).
        """
        request = user_pb2.CheckAccessRequest(
            user_id=str(principal.user_id),
            session_id=str(principal.session_id or ""),
            credentials_version=principal.credentials_version,
        )
        answer = await call_peer(self._stub.CheckAccess, request, peer=_PEER)
        return Access(answer.active, frozenset(answer.roles))

    async def list_ended(self, since: datetime | None) -> Sequence[Ended]:
        """List what ended at a time or later, all pages.

        Raises:
            BunmartError: The user service does not answer (UNAVAILABLE, 503).
        """
        found: list[Ended] = []
        request = user_pb2.ListEndedAccessRequest(page_size=_PAGE)
        if since is not None:
            stamp = Timestamp()
            stamp.FromDatetime(since)
            request.since.CopyFrom(stamp)
        while True:
            answer = await call_peer(self._stub.ListEndedAccess, request, peer=_PEER)
            found += [_read(each) for each in answer.ended]
            if not answer.next_page_token:
                return found
            request.page_token = answer.next_page_token


def _read(ended: user_pb2.EndedAccess) -> Ended:
    session = UUID(ended.session_id) if ended.session_id else None
    ended_at, expires_at = (each.ToDatetime(tzinfo=UTC) for each in (ended.ended_at, ended.expires_at))
    return Ended(UUID(ended.user_id), session, ended.credentials_version, ended_at, expires_at)
