"""Notifications over REST."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post
from litestar.params import QueryParameter

from bunmart_notification.domain import Status
from bunmart_notification.schemas import NotificationBody, NotificationView, notification_view
from bunmart_notification.service import Notifications


class NotificationController(Controller):
    """Notifications: a user reads the own ones, an admin all."""

    path = "/api/notifications"
    tags = ("notifications",)

    @get("/", operation_id="ListNotifications")
    async def list_page(
        self,
        principal: Principal,
        notifications: Notifications,
        page: PageRequest,
        user_id: Annotated[
            UUID | None, QueryParameter(description="The recipient; admins may name anybody")
        ] = None,
        unread: Annotated[bool, QueryParameter(description="Only those that are not read yet")] = False,
        status: Status | None = None,
    ) -> Page[NotificationView]:
        """List one's own notifications, newest first; an admin who names nobody gets all."""
        if user_id is not None:
            principal.require_self(user_id)
        elif not principal.is_admin:
            user_id = principal.user_id
        found = await notifications.list_page(page, user_id=user_id, unread=unread, status=status)
        return found.map(lambda each: notification_view(each, for_admin=principal.is_admin))

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
        self, notification_id: UUID, principal: Principal, notifications: Notifications, unit: UnitOfWork
    ) -> NotificationView:
        """Note that a notification was read; the first time counts."""
        principal.require_self((await notifications.get(notification_id)).user_id)
        read = await notifications.mark_read(unit, notification_id)
        return notification_view(read, for_admin=principal.is_admin)

    @post("/", operation_id="SendNotification", guards=[requires(Role.ADMIN)])
    async def send(
        self, data: NotificationBody, notifications: Notifications, unit: UnitOfWork
    ) -> NotificationView:
        """Send a notification to a user (admins); 400 with `user_id` when there is no such user."""
        return notification_view(await notifications.write(unit, data.new()), for_admin=True)

    @post(
        "/{notification_id:uuid}/retry",
        status_code=200,
        operation_id="RetryNotification",
        guards=[requires(Role.ADMIN)],
    )
    async def retry(
        self, notification_id: UUID, notifications: Notifications, unit: UnitOfWork
    ) -> NotificationView:
        """Deliver a failed notification again (admins)."""
        return notification_view(await notifications.retry(unit, notification_id), for_admin=True)

    @delete("/{notification_id:uuid}", operation_id="DeleteNotification", guards=[requires(Role.ADMIN)])
    async def delete(self, notification_id: UUID, notifications: Notifications, unit: UnitOfWork) -> None:
        """Delete a notification (admins); one that waits is not delivered any more."""
        await notifications.delete(unit, notification_id)
