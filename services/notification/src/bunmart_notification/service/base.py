"""What the use cases share: the database, peers, rendering and mail."""

from bunmart_chassis.storage import Database

from bunmart_notification.clients import Clients
from bunmart_notification.mail import Mailer
from bunmart_notification.rendering import Renderer


class UseCases:
    """Base of the use cases.

    Args:
        database: Where notifications, templates and rules are.
        clients: The peers.
        mailer: Sends mail and SMS.
    """

    def __init__(self, database: Database, clients: Clients, mailer: Mailer) -> None:
        self.database = database
        self.clients = clients
        self.mailer = mailer
        self.renderer = Renderer()
