"""The channels that a notification takes, and its first state."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError
from bunmart_notification.domain import (
    Channel,
    NewNotification,
    Notification,
    Status,
    Template,
    TemplateRule,
    Text,
    choose_channels,
    new_notification,
    require_retryable,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2030, 1, 1, tzinfo=UTC)
decisions = st.dictionaries(st.tuples(st.sampled_from(Channel), st.booleans()), st.booleans())


def rules(decided: dict[tuple[Channel, bool], bool], *, confidential: bool = False) -> list[TemplateRule]:
    found = [
        TemplateRule("t", "s", "b", None, confidential, NOW, channel, enabled, specific)
        for (channel, specific), enabled in decided.items()
    ]
    return found or [TemplateRule("t", "s", "b", None, confidential, NOW, None, None, False)]


@given(st.sampled_from(Channel), decisions, st.booleans())
def test_the_nearer_rule_decides(
    requested: Channel, decided: dict[tuple[Channel, bool], bool], confidential: bool
) -> None:
    taken = choose_channels(requested, rules(decided, confidential=confidential))

    assert next(iter(taken)) is requested
    for channel in Channel:
        general = decided.get((channel, False))
        wanted = decided.get((channel, True), general)
        if channel is requested:
            assert taken[channel] is (True if wanted is None else wanted)
        else:
            assert taken.get(channel, False) is (bool(wanted) and not confidential)


def made(channel: Channel, problem: str | None, *, confidential: bool) -> Notification:
    request = NewNotification(user_id=uuid4(), channel=channel, template_id="t", template_data={})
    template = Template("t", "s", "b", "<b>", confidential, NOW)
    return new_notification(request, channel, template, Text("s", "b", "<b>"), problem=problem, now=NOW)


FIRST_STATES = [
    (Channel.EMAIL, None, Status.QUEUED, None),
    (Channel.SMS, None, Status.QUEUED, None),
    (Channel.IN_APP, None, Status.SENT, NOW),
    (Channel.EMAIL, "broken", Status.FAILED, None),
    (Channel.IN_APP, "broken", Status.FAILED, None),
]


@pytest.mark.parametrize(("channel", "problem", "status", "sent_at"), FIRST_STATES)
def test_a_notification_begins_queued_sent_or_failed(
    channel: Channel, problem: str | None, status: Status, sent_at: datetime | None
) -> None:
    for confidential in (False, True):
        first = made(channel, problem, confidential=confidential)

        assert (first.status, first.error, first.sent_at) == (status, problem, sent_at)


@pytest.mark.parametrize(("channel", "problem", "status", "sent_at"), FIRST_STATES)
def test_a_confidential_text_is_kept_only_while_it_waits(
    channel: Channel, problem: str | None, status: Status, sent_at: datetime | None
) -> None:
    html = "<b>" if channel is Channel.EMAIL else None

    public, confidential = (made(channel, problem, confidential=each) for each in (False, True))

    assert (public.subject, public.body, public.html) == ("s", "b", html)
    kept = ("b", html) if status is Status.QUEUED else ("", None)
    assert (confidential.body, confidential.html) == kept


def test_only_a_failed_notification_with_its_text_is_retried() -> None:
    require_retryable(made(Channel.EMAIL, "broken", confidential=False))
    for refused in (
        made(Channel.IN_APP, None, confidential=False),
        made(Channel.EMAIL, "broken", confidential=True),
    ):
        with pytest.raises(FailedPreconditionError) as error:
            require_retryable(refused)
        assert error.value.code == "NOTIFICATION_NOT_RETRYABLE"
