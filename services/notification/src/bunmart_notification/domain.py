"""The rules of notifications, without I/O."""

import enum
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError

GIVE_UP_AFTER = 12
"""Attempts to deliver; the chassis backs off between them, so that is about a quarter of an hour."""
MAX_ERROR = 500


class Channel(enum.StrEnum):
    """How a notification reaches somebody."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    IN_APP = "IN_APP"


class Status(enum.StrEnum):
    """How far a notification is."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class Notification(msgspec.Struct):
    """One message to one user through one channel.

    The text of a ``confidential`` one is erased once it is sent or has failed.
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


def channels(requested: Channel, rules: Iterable[TemplateRule]) -> dict[Channel, bool]:
    """Decide through which channels a notification goes.

    A rule for the template beats one for all templates. What is switched on is added to the requested
    channel; a confidential text goes nowhere but where it was sent.

    Returns:
        The requested channel, with whether it is allowed, and the added ones.
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


def require_retryable(notification: Notification) -> bool:
    """Whether a notification is put back into the queue; False when it waits there already.

    Raises:
        FailedPreconditionError: It was sent, or its text is gone (NOTIFICATION_NOT_RETRYABLE).
    """
    if notification.status is Status.QUEUED:
        return False
    if notification.status is Status.FAILED and notification.body:
        return True
    reason = "it was sent" if notification.status is Status.SENT else "its text was not kept"
    raise FailedPreconditionError(f"It cannot be sent again: {reason}.", code="NOTIFICATION_NOT_RETRYABLE")
