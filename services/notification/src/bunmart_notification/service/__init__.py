"""Use cases of the notification service. REST, gRPC and jobs call these and nothing else."""

from bunmart_notification.service.administration import Administration
from bunmart_notification.service.delivering import Delivering
from bunmart_notification.service.sending import NewNotification, Sending


class Notifications(Sending, Delivering, Administration):
    """All use cases of notifications."""


__all__ = ["NewNotification", "Notifications"]
