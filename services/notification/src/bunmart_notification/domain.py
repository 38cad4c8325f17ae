"""The rules of notifications, without I/O."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id

GIVE_UP_AFTER = 12
"""Attempts to deliver; the chassis backs off between them, so that is about a quarter of an hour."""
MAX_ERROR = 500
"""Characters of an error that are kept."""
SWITCHED_OFF = "switched off by a rule"


class Channel(enum.StrEnum):
    """The way on which a notification reaches its recipient."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    IN_APP = "IN_APP"


class Status(enum.StrEnum):
    """The state of a notification: it waits for delivery, has reached its recipient, or never will."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class File(NamedTuple):
    """A file that comes with a mail."""

    filename: str
    content_type: str
    content: bytes


class Attachment(msgspec.Struct):
    """A file that waits for its mail; ``position`` keeps the order of the files."""

    notification_id: UUID
    position: int
    filename: str
    content_type: str
    content: bytes


class NewNotification(msgspec.Struct, kw_only=True):
    """A request to tell a user something; a ``confidential`` text lets its reader in, and is never stored."""

    user_id: UUID
    channel: Channel
    template_id: str
    template_data: Mapping[str, str]
    subject: str = ""
    reference_type: str = ""
    reference_id: str = ""
    confidential: bool = False
    files: Sequence[File] = ()


class Text(NamedTuple):
    """A rendered message; ``html`` is None where the template has none."""

    subject: str
    body: str
    html: str | None


class Notification(msgspec.Struct):
    """One message to one user through one channel.

    The text of a ``confidential`` one is erased once it is sent or has failed. ``attached`` is the number of
    files that came with it.
    """

    id: UUID
    user_id: UUID
    channel: Channel
    template_id: str
    subject: str
    body: str
    html: str | None
    confidential: bool
    reference_type: str
    reference_id: str
    status: Status
    error: str | None
    attempts: int
    attached: int
    read_at: datetime | None
    created_at: datetime
    sent_at: datetime | None


class Template(msgspec.Struct):
    """The texts of a kind of notification, in Jinja; for every channel the same.

    ``confidential`` is for texts that let their reader in, such as the link of a password reset.
    """

    id: str
    subject: str
    body: str
    html: str | None
    confidential: bool
    updated_at: datetime


class Rule(msgspec.Struct):
    """Switches a channel of a template on or off; ``template_id`` None means all templates."""

    id: UUID
    template_id: str | None
    channel: Channel
    enabled: bool
    updated_at: datetime


class TemplateRule(Template):
    """A template with one of the rules that apply to it, or none."""

    channel: Channel | None
    enabled: bool | None
    specific: bool


def new_rule(template_id: str | None, channel: Channel, *, enabled: bool, now: datetime) -> Rule:
    """Make the first state of a rule."""
    return Rule(new_id(), template_id, channel, enabled, now)


def choose_channels(requested: Channel, rules: Iterable[TemplateRule]) -> dict[Channel, bool]:
    """Decide through which channels a notification goes.

    A rule for the template beats one for all templates. A channel that is switched on is added to the
    requested one; a confidential text goes through no channel but the requested one.

    Returns:
        The requested channel, with True when it is allowed, and the added ones.
    """
    decided: dict[Channel, bool] = {}
    confidential = False
    for rule in sorted(rules, key=lambda each: each.specific):
        confidential = rule.confidential
        if rule.channel is not None and rule.enabled is not None:
            decided[rule.channel] = rule.enabled
    found = {requested: decided.pop(requested, True)}
    if not confidential:
        found.update({channel: True for channel, enabled in decided.items() if enabled})
    return found


def first_status(channel: Channel, problem: str | None) -> Status:
    """Decide the status in which a notification is stored.

    Args:
        channel: The way to its recipient. An IN_APP one has arrived as soon as it is stored.
        problem: The reason why it cannot be delivered, if there is one.
    """
    if problem is not None:
        return Status.FAILED
    if channel is Channel.IN_APP:
        return Status.SENT
    return Status.QUEUED


def keeps_text(status: Status, *, confidential: bool) -> bool:
    """True while the text of a notification is kept: a confidential one only until it is delivered.

    The statements that change the status erase by the same rule.
    """
    return not confidential or status is Status.QUEUED


def new_notification(
    new: NewNotification,
    channel: Channel,
    template: Template,
    text: Text,
    *,
    problem: str | None,
    now: datetime,
) -> Notification:
    """Make the first state of a notification.

    Args:
        new: The request.
        channel: One of those that the rules chose.
        template: It rendered the text.
        text: Without HTML for a channel that is not mail.
        problem: The reason why it cannot be delivered, if there is one.
        now: The time of creation.
    """
    status = first_status(channel, problem)
    kept = keeps_text(status, confidential=template.confidential)
    return Notification(
        id=new_id(),
        user_id=new.user_id,
        channel=channel,
        template_id=template.id,
        subject=text.subject,
        body=text.body if kept else "",
        html=text.html if kept and channel is Channel.EMAIL else None,
        confidential=template.confidential,
        reference_type=new.reference_type,
        reference_id=new.reference_id,
        status=status,
        error=problem,
        attempts=0,
        attached=len(new.files) if channel is Channel.EMAIL and status is Status.QUEUED else 0,
        read_at=None,
        created_at=now,
        sent_at=now if status is Status.SENT else None,
    )


def new_secret_notification(
    new: NewNotification, template: Template, *, problem: str | None, now: datetime
) -> Notification:
    """Make the only state of a confidential notification: sent or failed, without any of its text.

    The subject is left out too, because a template may write a value into it.
    """
    secret = msgspec.structs.replace(template, confidential=True)
    made = new_notification(new, new.channel, secret, Text("", "", None), problem=problem, now=now)
    if problem is None:
        made.status, made.sent_at = Status.SENT, now
    return made


def require_outside_channel(new: NewNotification) -> None:
    """Refuse a confidential text that would have to be stored to be read.

    Raises:
        InvalidArgumentError: It is for the app (400, ``channel``).
    """
    if new.channel is Channel.IN_APP:
        raise InvalidArgumentError.field("channel", "must be EMAIL or SMS for a confidential text")


def new_attachments(notifications: Iterable[Notification], files: Sequence[File]) -> list[Attachment]:
    """Make the attachments of those notifications that have files: mails that wait for delivery."""
    return [
        Attachment(each.id, position, *file)
        for each in notifications
        for position, file in enumerate(files[: each.attached])
    ]


def describe_error(error: Exception) -> str:
    """Write the reason of a failure as it is stored: shortened, and never empty."""
    return (str(error) or type(error).__name__)[:MAX_ERROR]


def require_retryable(notification: Notification) -> None:
    """Refuse to deliver a notification again that did not fail, or whose text is gone.

    Raises:
        FailedPreconditionError: NOTIFICATION_NOT_RETRYABLE.
    """
    if notification.status is Status.FAILED and notification.body:
        return
    reason = "it was sent" if notification.status is Status.SENT else "its text was not kept"
    raise FailedPreconditionError(f"It cannot be sent again: {reason}.", code="NOTIFICATION_NOT_RETRYABLE")
