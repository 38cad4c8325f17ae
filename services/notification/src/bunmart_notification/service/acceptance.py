"""Use case of acceptance: a notification is stored together with the job that delivers it."""

from datetime import UTC, datetime

from bunmart_chassis.errors import UnavailableError, require_found
from bunmart_chassis.storage import UnitOfWork

from bunmart_notification import domain, queries
from bunmart_notification.domain import (
    SWITCHED_OFF,
    NewNotification,
    Notification,
    Status,
    Template,
    Text,
)
from bunmart_notification.mail import MailRefusedError
from bunmart_notification.outbox import Deliver
from bunmart_notification.renderer import RenderError
from bunmart_notification.service.deliveries import Deliveries, UndeliverableError


class Acceptance(Deliveries):
    """Accepts notifications; ``Deliveries`` sends them."""

    async def write(self, unit: UnitOfWork, new: NewNotification) -> Notification:
        """Accept a notification that a person writes, for a user who exists.

        Services are not asked this: they name users whom they know, and their messages are accepted while the
        user service is away.

        Args:
            unit: That of the call; its first statement follows the answer of the user service.
            new: The request.

        Returns:
            The notification through the requested channel.

        Raises:
            InvalidArgumentError: There is no such user (``user_id``).
            NotFoundError: There is no such template (TEMPLATE_NOT_FOUND).
            UnavailableError: The user service does not answer.
        """
        await self.clients.require_user("user_id", new.user_id)
        return await self.accept(unit, new)

    async def accept(self, unit: UnitOfWork, new: NewNotification) -> Notification:
        """Store a notification, and enqueue its delivery.

        Rules may add channels, each with a notification of its own, or switch the requested one off: then it
        is stored as FAILED, as is one whose template cannot be rendered with this data. A confidential one is
        sent before the unit's first statement, and none of its text is stored.

        Args:
            unit: That of the call; its first statement follows the rendering.
            new: The request.

        Returns:
            The notification through the requested channel.

        Raises:
            NotFoundError: There is no such template (TEMPLATE_NOT_FOUND).
            InvalidArgumentError: It is confidential and for the app.
            UnavailableError: It is confidential and cannot be sent now (MAIL_UNAVAILABLE, 503).
        """
        if new.confidential:
            return await self._send_at_once(unit, new)
        rules = await queries.TEMPLATE_WITH_RULES.all(self.database, template_id=new.template_id)
        template = require_found(next(iter(rules), None), "template", new.template_id)
        try:
            text, problem = self.renderer.render(template, new.template_data, subject=new.subject), None
        except RenderError as error:
            text, problem = Text(new.subject, "", None), domain.describe_error(error)
        now = datetime.now(UTC)
        notifications = [
            domain.new_notification(
                new, channel, template, text, problem=problem if enabled else SWITCHED_OFF, now=now
            )
            for channel, enabled in domain.choose_channels(new.channel, rules).items()
        ]
        await queries.ADD_NOTIFICATION.add_all(unit, notifications)
        if attachments := domain.new_attachments(notifications, new.files):
            await queries.ADD_ATTACHMENT.add_all(unit, attachments)
        for each in notifications:
            if each.status is Status.QUEUED:
                unit.enqueue(Deliver(each.id))
        return notifications[0]

    async def _send_at_once(self, unit: UnitOfWork, new: NewNotification) -> Notification:
        domain.require_outside_channel(new)
        rules = await queries.TEMPLATE_WITH_RULES.all(self.database, template_id=new.template_id)
        template = require_found(next(iter(rules), None), "template", new.template_id)
        problem = None if domain.choose_channels(new.channel, rules)[new.channel] else SWITCHED_OFF
        if problem is None:
            problem = await self._try_to_send(new, template)
        notification = domain.new_secret_notification(new, template, problem=problem, now=datetime.now(UTC))
        await queries.ADD_NOTIFICATION.add(unit, notification)
        return notification

    async def _try_to_send(self, new: NewNotification, template: Template) -> str | None:
        """Render and send; return the reason when that will never work. It quotes no text and no answer."""
        try:
            text = self.renderer.render_secret(template, new.template_data, subject=new.subject)
            now = datetime.now(UTC)
            await self.transmit(
                domain.new_notification(new, new.channel, template, text, problem=None, now=now)
            )
        except RenderError:
            return "the template cannot be rendered, or does more than show the values"
        except UndeliverableError as error:
            return domain.describe_error(error)
        except MailRefusedError:
            return "the mail server refused the message"
        except UnavailableError as error:
            raise UnavailableError("It cannot be sent at the moment.", code=error.code) from None
        return None
