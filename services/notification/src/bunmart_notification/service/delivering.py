"""Delivery of what was accepted."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError

from bunmart_notification import domain, queries
from bunmart_notification.domain import Channel, Notification, Status
from bunmart_notification.mail import MailRefusedError
from bunmart_notification.outbox import Deliver
from bunmart_notification.service.base import UseCases
from bunmart_notification.service.sending import found


class UndeliverableError(Exception):
    """A notification cannot reach its recipient, whoever tries and when."""


class Delivering(UseCases):
    """From QUEUED to SENT or FAILED."""

    async def deliver(self, notification_id: UUID) -> None:
        """Hand a queued notification to the mail server; one that is not queued any more is left alone.

        What cannot be delivered is FAILED at once, what cannot be delivered now after ``GIVE_UP_AFTER``
        attempts. Until then the error is raised, so that the job is tried again.
        """
        notification = await queries.NOTIFICATION.first(self.database, notification_id=notification_id)
        if notification is None or notification.status is not Status.QUEUED:
            return
        try:
            await self._transmit(notification)
        except (UndeliverableError, MailRefusedError) as error:
            await self._fail(notification_id, error)
        except Exception as error:
            text = _text(error)
            attempts = await queries.COUNT_ATTEMPT.first(
                self.database, notification_id=notification_id, error=text
            )
            if attempts is not None and int(str(attempts)) < domain.GIVE_UP_AFTER:
                raise
            await self._fail(notification_id, error)
        else:
            await queries.MARK_SENT.run(self.database, notification_id=notification_id)

    async def _transmit(self, notification: Notification) -> None:
        try:
            user = await self.clients.user(notification.user_id)
        except NotFoundError:
            raise UndeliverableError("there is no such user") from None
        if notification.channel is Channel.SMS:
            if not user.phone:
                raise UndeliverableError("the user has no phone number")
            await self.mailer.send_sms(notification.id, user.phone, notification.body)
            return
        if not user.email:
            raise UndeliverableError("the user has no e-mail address")
        await self.mailer.send_mail(
            notification.id,
            user.email,
            subject=notification.subject,
            body=notification.body,
            html=notification.html,
        )

    async def _fail(self, notification_id: UUID, error: Exception) -> None:
        await queries.MARK_FAILED.run(self.database, notification_id=notification_id, error=_text(error))

    async def retry(self, notification_id: UUID) -> Notification:
        """Put a failed notification back into the queue; its row is locked. A queued one stays there.

        Raises:
            NotFoundError: There is no such notification.
            FailedPreconditionError: It was sent, or its text is gone (NOTIFICATION_NOT_RETRYABLE).
        """
        async with self.database.transaction() as unit:
            notification = found(
                await queries.NOTIFICATION_FOR_UPDATE.first(unit, notification_id=notification_id),
                notification_id,
            )
            if domain.require_retryable(notification):
                await queries.REQUEUE.run(unit, notification_id=notification_id)
                unit.enqueue(Deliver(notification_id))
                queued = await queries.NOTIFICATION.first(unit, notification_id=notification_id)
                notification = found(queued, notification_id)
            return notification

    async def delete(self, notification_id: UUID) -> None:
        """Delete a notification; one that waits is not delivered any more. One that is gone is no error."""
        await queries.DELETE_NOTIFICATION.run(self.database, notification_id=notification_id)


def _text(error: Exception) -> str:
    return (str(error) or type(error).__name__)[: domain.MAX_ERROR]
