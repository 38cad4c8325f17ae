"""Phases and progress only move forward; images are what they say."""

import contextlib
from uuid import UUID

import pytest
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_kitchen.domain import (
    PHASES,
    Goods,
    ImageType,
    Phase,
    Progress,
    advance,
    merge_lines,
    require_image,
    require_image_url,
)
from hypothesis import given
from hypothesis import strategies as st

PERCENT = st.integers(0, 100)
REPORTS = st.lists(st.tuples(st.sampled_from(PHASES), st.none() | PERCENT), max_size=20)


@given(REPORTS)
def test_whatever_is_reported_progress_never_goes_back(reports: list[tuple[Phase, int | None]]) -> None:
    progress = Progress(Phase.PREPARING, 0)
    for phase, percent in reports:
        before = progress
        try:
            progress = advance(before, phase, percent)
        except FailedPreconditionError:
            progress = before
        assert PHASES.index(progress.phase) >= PHASES.index(before.phase)
        assert progress.percent >= before.percent
        assert progress.phase is not Phase.COMPLETED or progress.percent == 100


@given(st.sampled_from(PHASES), PERCENT)
def test_the_present_state_again_is_accepted(phase: Phase, percent: int) -> None:
    now = Progress(phase, 100 if phase is Phase.COMPLETED else percent)
    assert advance(now, now.phase, now.percent) == now


def test_a_phase_may_be_skipped() -> None:
    assert advance(Progress(Phase.PREPARING, 10), Phase.COMPLETED, None) == (Phase.COMPLETED, 100)


def test_a_refused_phase_names_the_allowed_ones() -> None:
    with pytest.raises(FailedPreconditionError) as refused:
        advance(Progress(Phase.BAKING, 10), Phase.PREPARING, 20)
    assert refused.value.code == "PHASE_BACKWARDS"
    assert refused.value.metadata == {"phase": "BAKING", "allowed": "BAKING, COMPLETED"}


@given(st.lists(st.tuples(st.uuids(), st.integers(1, 9), st.sampled_from(["", "Ann", "Ben"]))))
def test_merged_lines_have_the_same_sum_and_no_note_is_lost(lines: list[tuple[UUID, int, str]]) -> None:
    merged = merge_lines(Goods(product, quantity, note=note) for product, quantity, note in lines)
    assert sum(goods.quantity for goods in merged) == sum(quantity for _, quantity, _ in lines)
    assert [goods.product_id for goods in merged] == list(dict.fromkeys(product for product, _, _ in lines))
    notes = {goods.product_id: goods.note for goods in merged}
    assert all(note in notes[product] for product, _, note in lines)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "ftp://a/b",
        "//a/b",
        "https://",
        "https://a b",
        "http://[",
        "https://a/\n",
        "https://a/" + "x" * 2000,
    ],
)
def test_an_image_link_must_be_a_web_address(url: str) -> None:
    with pytest.raises(InvalidArgumentError):
        require_image_url("url", url)


@given(st.text(max_size=50))
def test_any_text_is_a_web_address_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidArgumentError):
        assert require_image_url("url", text) == text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", ImageType.PNG),
        (b"\xff\xd8\xff\xe0...", ImageType.JPEG),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ImageType.WEBP),
    ],
)
def test_an_image_is_known_by_its_bytes(content: bytes, kind: ImageType) -> None:
    assert require_image(kind, content).content_type is kind
    for other in set(ImageType) - {kind}:
        with pytest.raises(InvalidArgumentError):
            require_image(other, content)


@given(st.binary(max_size=20), st.sampled_from(ImageType))
def test_other_bytes_are_no_image(content: bytes, kind: ImageType) -> None:
    with pytest.raises(InvalidArgumentError):
        require_image(kind, b"<svg>" + content)
