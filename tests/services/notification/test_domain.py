"""Which channels a notification takes."""

from datetime import UTC, datetime

from bunmart_notification.domain import Channel, TemplateRule, channels
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
    taken = channels(requested, rules(decided, confidential=confidential))

    assert next(iter(taken)) is requested
    for channel in Channel:
        general = decided.get((channel, False))
        wanted = decided.get((channel, True), general)
        if channel is requested:
            assert taken[channel] is (True if wanted is None else wanted)
        else:
            assert taken.get(channel, False) is (bool(wanted) and not confidential)
