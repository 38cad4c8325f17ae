"""REST of the notification service."""

from bunmart_notification.rest.notifications import NotificationController
from bunmart_notification.rest.rules import RuleController
from bunmart_notification.rest.templates import TemplateController

__all__ = ["NotificationController", "RuleController", "TemplateController"]
