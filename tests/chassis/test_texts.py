"""What people may write: every text that is taken comes back, every other is refused by its field."""

import unicodedata
from collections.abc import Callable

import pytest
from bunmart_chassis import validation
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.texts import clean_line, clean_name, clean_text
from hypothesis import example, given
from hypothesis import strategies as st

Read = Callable[[str, str], str]
READERS: list[Read] = [
    validation.optional_text,
    validation.optional_line,
    validation.optional_name,
    validation.require_text,
    validation.require_line,
    validation.require_name,
]
HIDDEN = [
    *map(chr, [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0)]),
    *"\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
    *"\u034f\u115f\u1160\u180e\u2800\u3164\uffa0\ufff9\ue000\U000e0041\U000e0001\ufdd0\U0010ffff\ud800",
]
ODD = st.sampled_from(
    [*HIDDEN, *"\n\r\t\u0085\u2028\u00a0\u00ad\ufe0f.:/@", "👩", "🍳", "ی", "क्", "ក", "e\u0301"]
)
TEXTS = st.lists(ODD | st.characters(codec=None) | st.text(max_size=3), max_size=12).map("".join)
PEOPLE = [
    "Ada",
    "Zoë Müller-Lüdenscheidt",
    "O\u2019Brien, Jr.",
    "J. R. R. Tolkien",
    "St.Gallen",
    "Dr.Müller",
    "山田 太郎",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian needs the joiner that it does without
    "क्\u200dष",
    "ខ្ញុំ\u200bស្រលាញ់",  # Khmer writes no blank between words
    "葛\U000e0100",
    "👩\u200d🍳",
    "👨\u200d👩\u200d👧\u200d👦",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "👍🏽",
    "🙂\u200d\u2194\ufe0f",
    "\U0001fae8",  # newer than the library's Unicode
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Nr. 5: 3/4 l, 100 % Bio & mehr",
]
LINKS = [
    "evil.com",
    "Ada evil.shop now",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/x",
    "www.evil.example",
    "ada@example.com",
    "//evil.com",
    "evil\uff0ecom",
    "evil。com",
    "evil\u00ad.com",
    "evil.укр",
    "x://y",
]


def _outcome(read: Read, text: str) -> tuple[str | None, list[str]]:
    """The text that is taken, or the fields that are named."""
    try:
        return read("note", text), []
    except InvalidArgumentError as refused:
        return None, [violation.field for violation in refused.violations]


@pytest.mark.parametrize("read", READERS)
@given(text=TEXTS)
@example(text="a\u0085b")
@example(text="\ufe0f")
def test_what_is_taken_comes_back_and_what_is_not_names_its_field(read: Read, text: str) -> None:
    taken, refusals = _outcome(read, text)
    if taken is None:
        assert refusals == ["note"]
        return
    lines = text.replace("\r\n", "\n").translate(dict.fromkeys(map(ord, "\r\u0085\u2028\u2029"), "\n"))
    assert taken == unicodedata.normalize("NFC", lines.replace("\u00ad", "")).strip()
    assert read("note", taken) == taken
    assert not any(
        unicodedata.category(each) in ("Cc", "Cs", "Co", "Zl", "Zp") and each not in "\n\t" for each in taken
    )


@pytest.mark.parametrize("character", HIDDEN)
def test_a_hidden_character_is_refused_wherever_it_stands(character: str) -> None:
    for text in (character, f"A{character}", f"{character}A", f"A{character}A", f"A {character} A"):
        for read in READERS:
            with pytest.raises(InvalidArgumentError, match=f"U\\+{ord(character):04X}"):
                read("name", text)


@pytest.mark.parametrize("text", PEOPLE)
def test_people_are_called_as_they_are(text: str) -> None:
    for read in READERS:
        assert read("name", text) == text
    for clean in (clean_text, clean_line, clean_name):
        assert clean(text) == text


@pytest.mark.parametrize("text", LINKS)
def test_a_link_is_no_name(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match="must be a name"):
        validation.require_name("name", text)
    assert validation.require_line("line", text)
    assert validation.require_name("name", clean_name(text))


def test_a_note_has_lines_and_a_name_has_one() -> None:
    assert validation.require_text("note", " two\r\nlines\tand a tab\n") == "two\nlines\tand a tab"
    for read in (validation.optional_line, validation.optional_name):
        for text in ("two\nlines", "two\r\nlines", "two\u2028lines", "a\ttab"):
            with pytest.raises(InvalidArgumentError, match="one line"):
                read("name", text)


@pytest.mark.parametrize("text", ["", " \n ", "\u0301", "\u00ad", "\u00a0"])
def test_what_shows_nothing_is_not_there(text: str) -> None:
    for read in (validation.require_text, validation.require_line, validation.require_name):
        with pytest.raises(InvalidArgumentError, match="is required"):
            read("name", text)


def test_the_length_is_that_of_what_is_stored() -> None:
    assert validation.require_name("name", "e\u0301" * 10, most=10) == "é" * 10
    with pytest.raises(InvalidArgumentError, match="at most 10 characters"):
        validation.require_name("name", "é" * 11, most=10)
    with pytest.raises(InvalidArgumentError, match="at most 10 characters"):
        validation.optional_text("note", " " * 1_000_000, most=10)


@given(TEXTS)
def test_a_text_of_an_older_release_is_taken_once_it_is_cleaned(text: str) -> None:
    most = 10_000
    assert validation.optional_text("note", clean_text(text), most=most) == clean_text(text)
    assert validation.optional_line("line", clean_line(text), most=most) == clean_line(text)
    assert validation.optional_name("name", clean_name(text), most=most) == clean_name(text)
