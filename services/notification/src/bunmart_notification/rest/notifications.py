"""Notifications over REST."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageSize, PageToken, decode_token, size_of
from litestar import Controller, delete, get, post
from litestar.params import QueryParameter

from bunmart_notification.domain import Status
from bunmart_notification.schemas import NotificationBody, NotificationView, notification_view
from bunmart_notification.service import Notifications


class NotificationController(Controller):
    """Everybody reads his own, admins all."""

    path = "/api/notifications"
    tags = ("notifications",)

    @get("/", operation_id="ListNotifications")
    async def list_page(
        self,
        principal: Principal,
        notifications: Notifications,
        user_id: Annotated[UUID | None, QueryParameter(description="Whose; admins may name anybody")] = None,
        unread: Annotated[bool, QueryParameter(description="Only what is not read yet")] = False,
        status: Status | None = None,
        page_size: PageSize = None,
        page_token: PageToken = None,
    ) -> Page[NotificationView]:
        """List one's own notifications, newest first; an admin who names nobody gets all."""
        if user_id is not None:
            principal.require_self(user_id)
        elif not principal.is_admin:
            user_id = principal.user_id
        page = await notifications.list_page(
            user_id=user_id,
            unread=unread,
            status=status,
            size=size_of(page_size),
            after=decode_token(page_token, UUID),
        )
        return page.map(lambda each: notification_view(each, for_admin=principal.is_admin))

    @get("/{notification_id:uuid}", operation_id="GetNotification")
    async def get_one(
        self, notification_id: UUID, principal: Principal, notifications: Notifications
    ) -> NotificationView:
        """Read a notification."""
        found = await notifications.get(notification_id)
        principal.require_self(found.user_id)
        return notification_view(found, for_admin=principal.is_admin)

    @post("/{notification_id:uuid}/read", status_code=200, operation_id="MarkNotificationRead")
    async def mark_read(
        self, notification_id: UUID, principal: Principal, notifications: Notifications
    ) -> NotificationView:
        """Note that a notification was read; the first time counts."""
        principal.require_self((await notifications.get(notification_id)).user_id)
        read = await notifications.mark_read(notification_id)
        return notification_view(read, for_admin=principal.is_admin)

    @post("/", operation_id="SendNotification", guards=[requires(Role.ADMIN)])
    async def send(self, data: NotificationBody, notifications: Notifications) -> NotificationView:
        """Send a notification to a user (admins)."""
        return notification_view(await notifications.send(data.new()), for_admin=True)

    @post(
        "/{notification_id:uuid}/retry",
        status_code=200,
        operation_id="RetryNotification",
        guards=[requires(Role.ADMIN)],
    )
    async def retry(self, notification_id: UUID, notifications: Notifications) -> NotificationView:
        """Deliver a failed notification again (admins)."""
        return notification_view(await notifications.retry(notification_id), for_admin=True)

    @delete("/{notification_id:uuid}", operation_id="DeleteNotification", guards=[requires(Role.ADMIN)])
    async def delete(self, notification_id: UUID, notifications: Notifications) -> None:
        """Delete a notification (admins); one that waits is not delivered any more."""
        await notifications.delete(notification_id)
