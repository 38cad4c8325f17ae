"""Use cases of deliveries: a queued notification is sent, or fails and is put back into the queue."""

from collections.abc import Sequence
from uuid import UUID

from bunmart_chassis.errors import NotFoundError, require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_notification import domain, queries
from bunmart_notification.domain import Attachment, Channel, Notification, Status
from bunmart_notification.mail import MailRefusedError
from bunmart_notification.outbox import Deliver
from bunmart_notification.service.base import UseCases


class UndeliverableError(Exception):
    """A notification can never reach its recipient; trying again changes nothing."""


class Deliveries(UseCases):
    """Takes a notification from QUEUED to SENT or FAILED, and back."""

    async def deliver(self, notification_id: UUID) -> None:
        """Hand a queued notification to the mail server; one that is not queued any more is left alone.

        One that can never be delivered is FAILED at once. One that cannot be delivered now is FAILED after
        ``GIVE_UP_AFTER`` attempts; until then the error is raised, so that the job is tried again. Each
        statement is a transaction of its own, because none may be open while the mail server is called.
        """
        notification = await queries.NOTIFICATION.first(self.database, notification_id=notification_id)
        if notification is None or notification.status is not Status.QUEUED:
            return
        attachments: list[Attachment] = []
        if notification.attached:
            attachments = await queries.ATTACHMENTS_OF.all(self.database, notification_id=notification_id)
        try:
            await self.transmit(notification, attachments)
        except (UndeliverableError, MailRefusedError) as error:
            await self._fail(notification, error)
        except Exception as error:
            attempts = await queries.COUNT_ATTEMPT.first(
                self.database, notification_id=notification_id, error=domain.describe_error(error)
            )
            if attempts is not None and attempts < domain.GIVE_UP_AFTER:
                raise
            await self._fail(notification, error)
        else:
            await self._sent(notification)

    async def transmit(self, notification: Notification, attachments: Sequence[Attachment] = ()) -> None:
        """Hand a notification to the mail server.

        Raises:
            UndeliverableError: The recipient is unknown or has no such address.
            MailRefusedError: The mail server refuses it for good.
            UnavailableError: The mail server or the user service does not answer (503).
        """
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
            attachments=attachments,
        )

    async def _sent(self, notification: Notification) -> None:
        if not notification.attached:
            await queries.MARK_SENT.run(self.database, notification_id=notification.id)
            return
        async with self.database.transaction() as unit:
            await queries.MARK_SENT.run(unit, notification_id=notification.id)
            await queries.DROP_ATTACHMENTS.run(unit, notification_id=notification.id)

    async def _fail(self, notification: Notification, error: Exception) -> None:
        async with self.database.transaction() as unit:
            await queries.MARK_FAILED.run(
                unit, notification_id=notification.id, error=domain.describe_error(error)
            )
            if notification.confidential:
                await queries.DROP_ATTACHMENTS.run(unit, notification_id=notification.id)

    async def retry(self, unit: UnitOfWork, notification_id: UUID) -> Notification:
        """Put a failed notification back into the queue; one that waits there already stays there.

        Args:
            unit: That of the call.
            notification_id: Ours.

        Raises:
            NotFoundError: There is no such notification (NOTIFICATION_NOT_FOUND).
            FailedPreconditionError: It was sent, or its text is gone (NOTIFICATION_NOT_RETRYABLE).
        """
        notification = await _lock_notification(unit, notification_id)
        if notification.status is Status.QUEUED:
            return notification
        domain.require_retryable(notification)
        unit.enqueue(Deliver(notification_id))
        queued = await queries.REQUEUE.first(unit, notification_id=notification_id)
        return require_found(queued, "notification", notification_id)


async def _lock_notification(unit: UnitOfWork, notification_id: UUID) -> Notification:
    """Read and lock a notification until the transaction ends (NOTIFICATION_NOT_FOUND)."""
    found = await queries.NOTIFICATION_FOR_UPDATE.first(unit, notification_id=notification_id)
    return require_found(found, "notification", notification_id)
