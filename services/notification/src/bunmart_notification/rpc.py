"""gRPC of the notification service (proto/bunmart/notification/v1/notification.proto)."""

import re
from collections.abc import Mapping, Sequence

from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import optional_line, require_line, require_one_of, require_uuid

from bunmart_notification.domain import Channel, File, NewNotification
from bunmart_notification.schemas import MAX_DATA, MAX_FILE_BYTES, MAX_FILES, checked_data
from bunmart_notification.service import Notifications

_FILE_TYPES = ("application/pdf", "text/html")
_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
SERVICE = notification_pb2.DESCRIPTOR.services_by_name["NotificationService"].full_name


class NotificationServicer(notification_pb2_grpc.NotificationServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    async def SendNotification(
        self, request: notification_pb2.SendNotificationRequest, context: Context
    ) -> notification_pb2.SendNotificationResponse:
        """Accept a notification for delivery."""
        notification = await self._notifications.accept(
            unit_of(context),
            NewNotification(
                user_id=require_uuid("user_id", request.user_id),
                channel=require_one_of("channel", request.channel, tuple(Channel)),
                template_id=require_line("template_id", request.template_id, most=64),
                template_data=_checked(request.template_data),
                subject=optional_line("subject", request.subject),
                reference_type=optional_line("reference_type", request.reference_type, most=40),
                reference_id=optional_line("reference_id", request.reference_id, most=100),
                confidential=request.confidential,
                files=_files(request.attachments),
            ),
        )
        return notification_pb2.SendNotificationResponse(
            notification_id=str(notification.id), status=notification.status
        )


def _files(attachments: Sequence[notification_pb2.SendNotificationRequest.Attachment]) -> list[File]:
    if len(attachments) > MAX_FILES:
        raise InvalidArgumentError.field("attachments", f"must have at most {MAX_FILES} entries")
    if sum(len(each.content) for each in attachments) > MAX_FILE_BYTES:
        raise InvalidArgumentError.field("attachments", f"must have at most {MAX_FILE_BYTES} bytes")
    return [_file(f"attachments[{index}]", each) for index, each in enumerate(attachments)]


def _file(field: str, attachment: notification_pb2.SendNotificationRequest.Attachment) -> File:
    if not _FILENAME.fullmatch(attachment.filename):
        raise InvalidArgumentError.field(f"{field}.filename", f"must match {_FILENAME.pattern}")
    kind = require_one_of(f"{field}.content_type", attachment.content_type, _FILE_TYPES)
    return File(attachment.filename, kind, attachment.content)


def _checked(data: Mapping[str, str]) -> dict[str, str]:
    if len(data) > MAX_DATA:
        raise InvalidArgumentError.field("template_data", f"must have at most {MAX_DATA} entries")
    return checked_data("template_data", data)
