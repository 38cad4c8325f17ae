"""Use cases of the notification service. REST, gRPC and jobs call these and nothing else."""

from bunmart_notification.service.acceptance import Acceptance
from bunmart_notification.service.inbox import Inbox
from bunmart_notification.service.lookup import Lookup
from bunmart_notification.service.rules import Rules
from bunmart_notification.service.templates import Templates


class Notifications(Lookup, Acceptance, Inbox, Templates, Rules):
    """All use cases of notifications."""


__all__ = ["Notifications"]
