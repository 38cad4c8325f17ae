"""REST of the notification service (brief, "Basic REST Endpoints")."""

from bunmart_notification.rest.administration import RuleController, TemplateController
from bunmart_notification.rest.notifications import NotificationController

__all__ = ["NotificationController", "RuleController", "TemplateController"]
