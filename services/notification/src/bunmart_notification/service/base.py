"""The base of the use cases, and the reads that several of them share."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, Executor

from bunmart_notification import queries
from bunmart_notification.clients import Clients
from bunmart_notification.domain import Notification, Template
from bunmart_notification.mail import Mailer
from bunmart_notification.renderer import Renderer


class UseCases:
    """Base of the use cases.

    Args:
        database: The service's own, with notifications, templates and rules.
        clients: The peers.
        mailer: Sends mail and SMS.
    """

    def __init__(self, database: Database, clients: Clients, mailer: Mailer) -> None:
        self.database = database
        self.clients = clients
        self.mailer = mailer
        self.renderer = Renderer()


async def require_notification(executor: Executor, notification_id: UUID) -> Notification:
    """Read a notification.

    Raises:
        NotFoundError: There is none (NOTIFICATION_NOT_FOUND).
    """
    found = await queries.NOTIFICATION.first(executor, notification_id=notification_id)
    return require_found(found, "notification", notification_id)


async def require_template(executor: Executor, template_id: str) -> Template:
    """Read a template.

    Raises:
        NotFoundError: There is none (TEMPLATE_NOT_FOUND).
    """
    found = await queries.TEMPLATE.first(executor, template_id=template_id)
    return require_found(found, "template", template_id)
