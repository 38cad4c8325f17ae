"""The peer that the user service calls (docs/who-calls-whom.md)."""

from collections.abc import Mapping
from uuid import UUID

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart_chassis.rpc import Peers, call_peer


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def notify(
        self, user_id: UUID, template: str, data: Mapping[str, str], *, confidential: bool = False
    ) -> None:
        """Send a user an e-mail about the account.

        Args:
            user_id: The user.
            template: Of the notification service.
            data: Values of its variables.
            confidential: True when one of them lets its reader in; then nobody stores the mail.
        """
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="EMAIL",
            template_id=template,
            template_data=data,
            reference_type="user",
            reference_id=str(user_id),
            confidential=confidential,
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")
