"""REST requests and responses of the notification service."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.rest import TEXT_RULE, FreeText, LineText, Schema
from bunmart_chassis.validation import optional_line, optional_text, require_line, require_text

from bunmart_notification.domain import Channel, NewNotification, Notification, Rule, Status, Template

MAX_DATA = 50
MAX_KEY = 64
MAX_VALUE = 2000
MAX_BODY = 10_000
MAX_HTML = 50_000
MAX_FILES = 5
MAX_FILE_BYTES = 1024 * 1024
"""Of all attachments of a mail together."""
TemplateId = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$(?!\n)", description="Such as `order_paid`")
]
Data = Annotated[
    dict[
        Annotated[LineText, msgspec.Meta(min_length=1, max_length=MAX_KEY)],
        Annotated[FreeText, msgspec.Meta(max_length=MAX_VALUE)],
    ],
    msgspec.Meta(max_length=MAX_DATA, description=f"Values of variables. {TEXT_RULE}"),
]
Subject = Annotated[LineText, msgspec.Meta(max_length=200)]


class NotificationBody(Schema):
    """A notification to send.

    Attributes:
        user_id: The recipient.
        channel: EMAIL, SMS or IN_APP.
        template_id: The template that renders the text.
        template_data: Values of the template's variables.
        subject: Replaces the template's subject.
        reference_type: The kind of thing that it is about, such as `order`.
        reference_id: The id of that thing.
    """

    user_id: UUID
    channel: Channel
    template_id: TemplateId
    template_data: Data = {}
    subject: Subject = ""
    reference_type: Annotated[LineText, msgspec.Meta(max_length=40)] = ""
    reference_id: Annotated[LineText, msgspec.Meta(max_length=100)] = ""

    def new(self) -> NewNotification:
        """Convert it to the request of the use case (INVALID_ARGUMENT for a text with hidden characters)."""
        return NewNotification(
            user_id=self.user_id,
            channel=self.channel,
            template_id=self.template_id,
            template_data=checked_data("template_data", self.template_data),
            subject=optional_line("subject", self.subject),
            reference_type=optional_line("reference_type", self.reference_type, most=40),
            reference_id=optional_line("reference_id", self.reference_id, most=100),
        )


class TemplateTexts(Schema, kw_only=True):
    """The texts of a template, in Jinja.

    Attributes:
        subject: One line.
        body: Plain text, for every channel.
        html: Alternative for mail; values are escaped.
        confidential: Erase the text of a notification once it is sent. It cannot be taken back, and such a
            template only shows values: no filters, no links that are put together.
    """

    subject: Annotated[LineText, msgspec.Meta(min_length=1, max_length=200)]
    body: Annotated[FreeText, msgspec.Meta(min_length=1, max_length=MAX_BODY)]
    html: Annotated[FreeText, msgspec.Meta(max_length=MAX_HTML)] | None = None
    confidential: bool = False

    def template(self, template_id: str) -> Template:
        """Convert it to a template with this id, changed now (INVALID_ARGUMENT as for notifications)."""
        return Template(
            template_id,
            require_line("subject", self.subject),
            require_text("body", self.body, most=MAX_BODY),
            optional_text("html", self.html or "", most=MAX_HTML) or None,
            self.confidential,
            datetime.now(UTC),
        )


class NewTemplate(TemplateTexts, kw_only=True):
    """A template under a new id."""

    template_id: TemplateId


class Preview(Schema):
    """Values to try a template with."""

    data: Data = {}

    def values(self) -> dict[str, str]:
        """Return the values (INVALID_ARGUMENT as for notifications)."""
        return checked_data("data", self.data)


class NewRule(Schema, kw_only=True):
    """Switches a channel on or off, for one template or, without `template_id`, for all."""

    template_id: TemplateId | None = None
    channel: Channel
    enabled: bool


class RuleUpdate(Schema):
    """Switches the channel of a rule on or off."""

    enabled: bool


class NotificationView(msgspec.Struct, kw_only=True):
    """A notification; `body` is empty when it is confidential, `error` is told to admins.

    `attachments` is the number of files that came with the mail.
    """

    notification_id: UUID
    user_id: UUID
    channel: Channel
    template_id: str
    subject: str
    body: str
    attachments: int
    reference_type: str
    reference_id: str
    status: Status
    error: str | None
    read_at: datetime | None
    created_at: datetime
    sent_at: datetime | None


class TemplateView(msgspec.Struct, kw_only=True):
    """A template."""

    template_id: str
    subject: str
    body: str
    html: str | None
    confidential: bool
    updated_at: datetime


class PreviewView(msgspec.Struct, kw_only=True):
    """A template as it is rendered."""

    subject: str
    body: str
    html: str | None


class RuleView(msgspec.Struct, kw_only=True):
    """A rule; `template_id` null means all templates."""

    rule_id: UUID
    template_id: str | None
    channel: Channel
    enabled: bool
    updated_at: datetime


def checked_data(field: str, data: Mapping[str, str]) -> dict[str, str]:
    """Read the values of a template's variables.

    Raises:
        InvalidArgumentError: A name or a value is too long or has hidden characters.
    """
    return {
        require_line(field, name, most=MAX_KEY): optional_text(f"{field}.{name}", value, most=MAX_VALUE)
        for name, value in data.items()
    }


def notification_view(notification: Notification, *, for_admin: bool) -> NotificationView:
    """Present a notification."""
    return NotificationView(
        notification_id=notification.id,
        user_id=notification.user_id,
        channel=notification.channel,
        template_id=notification.template_id,
        subject=notification.subject,
        body="" if notification.confidential else notification.body,
        attachments=notification.attached,
        reference_type=notification.reference_type,
        reference_id=notification.reference_id,
        status=notification.status,
        error=notification.error if for_admin else None,
        read_at=notification.read_at,
        created_at=notification.created_at,
        sent_at=notification.sent_at,
    )


def template_view(template: Template) -> TemplateView:
    """Present a template."""
    fields = msgspec.structs.asdict(template)
    return TemplateView(template_id=fields.pop("id"), **fields)


def rule_view(rule: Rule) -> RuleView:
    """Present a rule."""
    fields = msgspec.structs.asdict(rule)
    return RuleView(rule_id=fields.pop("id"), **fields)
