"""Accepting notifications, and reading them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of

from bunmart_notification import domain, queries
from bunmart_notification.domain import Channel, Notification, Status, Template
from bunmart_notification.outbox import Deliver
from bunmart_notification.rendering import RenderError, Text
from bunmart_notification.service.base import UseCases

SWITCHED_OFF = "switched off by a rule"


class NewNotification(msgspec.Struct, kw_only=True):
    """What to tell whom."""

    user_id: UUID
    channel: Channel
    template_id: str
    template_data: Mapping[str, str]
    subject: str = ""
    reference_type: str = ""
    reference_id: str = ""


class Sending(UseCases):
    """What callers and readers do."""

    async def send(self, new: NewNotification) -> Notification:
        """Accept a notification: store it together with the job that delivers it.

        Rules may add channels, each with a notification of its own, or switch the requested one off: then it
        is stored as FAILED, as is one whose template cannot be rendered with this data.

        Returns:
            The notification through the requested channel.

        Raises:
            NotFoundError: There is no such template (TEMPLATE_NOT_FOUND).
        """
        rules = await queries.TEMPLATE_WITH_RULES.all(self.database, template_id=new.template_id)
        if not rules:
            raise template_not_found(new.template_id)
        try:
            text, problem = self.renderer.render(rules[0], new.template_data, subject=new.subject), None
        except RenderError as error:
            text, problem = Text(new.subject, "", None), str(error)[: domain.MAX_ERROR]
        notifications = [
            _notification(new, channel, rules[0], text, problem if enabled else SWITCHED_OFF)
            for channel, enabled in domain.channels(new.channel, rules).items()
        ]
        async with self.database.transaction() as unit:
            await queries.ADD_NOTIFICATION.add_all(unit, notifications)
            for each in notifications:
                if each.status is Status.QUEUED:
                    unit.enqueue(Deliver(each.id))
        return notifications[0]

    async def get(self, notification_id: UUID) -> Notification:
        """One notification (NOT_FOUND)."""
        return found(
            await queries.NOTIFICATION.first(self.database, notification_id=notification_id), notification_id
        )

    async def list_page(
        self, *, user_id: UUID | None, unread: bool, status: Status | None, size: int, after: UUID | None
    ) -> Page[Notification]:
        """Notifications of a user, or of all; optionally only unread ones or those of a status."""
        given = {"user": user_id, "unread": unread or None, "status": status, "after": after}
        filters = frozenset(name for name, value in given.items() if value is not None)
        notifications = await queries.PAGES[filters].all(
            self.database, user_id=user_id, status=status, after=after, limit=size + 1
        )
        return page_of(notifications, size, lambda each: each.id)

    async def mark_read(self, notification_id: UUID) -> Notification:
        """Note that its recipient has read it; the first time counts (NOT_FOUND)."""
        return found(
            await queries.MARK_READ.first(self.database, notification_id=notification_id), notification_id
        )


def _notification(
    new: NewNotification, channel: Channel, template: Template, text: Text, problem: str | None
) -> Notification:
    now = datetime.now(UTC)
    sent = problem is None and channel is Channel.IN_APP
    status = Status.FAILED if problem else Status.SENT if sent else Status.QUEUED
    erased = template.confidential and status is not Status.QUEUED
    return Notification(
        id=new_id(),
        user_id=new.user_id,
        channel=channel,
        template_id=template.id,
        subject=text.subject,
        body="" if erased else text.body,
        html=None if erased or channel is not Channel.EMAIL else text.html,
        confidential=template.confidential,
        reference_type=new.reference_type,
        reference_id=new.reference_id,
        status=status,
        error=problem,
        attempts=0,
        read_at=None,
        created_at=now,
        sent_at=now if sent else None,
    )


def found(notification: Notification | None, notification_id: UUID) -> Notification:
    """The notification, or NOT_FOUND."""
    if notification is None:
        raise NotFoundError(f"No notification {notification_id}.", code="NOTIFICATION_NOT_FOUND")
    return notification


def template_not_found(template_id: str) -> NotFoundError:
    """NOT_FOUND for a template."""
    return NotFoundError(f"No template {template_id}.", code="TEMPLATE_NOT_FOUND")
