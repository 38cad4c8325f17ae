"""Use cases of stored notifications: the recipient has read one, an admin deletes one."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_notification import queries
from bunmart_notification.domain import Notification
from bunmart_notification.service.base import UseCases


class Inbox(UseCases):
    """Changes what recipients see of their notifications."""

    async def mark_read(self, unit: UnitOfWork, notification_id: UUID) -> Notification:
        """Note that a notification was read; the first time counts.

        Args:
            unit: That of the call.
            notification_id: Ours.

        Raises:
            NotFoundError: There is no such notification (NOTIFICATION_NOT_FOUND).
        """
        read = await queries.MARK_READ.first(unit, notification_id=notification_id)
        return require_found(read, "notification", notification_id)

    async def delete(self, unit: UnitOfWork, notification_id: UUID) -> None:
        """Delete a notification; one that waits is not delivered any more. One that is gone is no error."""
        await queries.DELETE_NOTIFICATION.run(unit, notification_id=notification_id)
