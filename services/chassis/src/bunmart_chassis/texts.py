"""The rules of what people may write: which characters are what they seem to be, and what is a link.

Unicode has characters that nobody sees and that change what others read: ESC, marks that turn the direction
of writing, blanks without width. A name or a note with one of them is not what it says. The few that scripts
and emoji need stay, in the places where they need them.
"""

import re
import unicodedata
from collections.abc import Iterator

from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS

_ENDS_OF_LINES = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SOFT_HYPHEN = "\u00ad"
"""A hint where a word may be broken, which texts of web pages are full of; it is no part of the word."""
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""A flag of a part of a country: a black flag and letters that nobody sees, such as gbsct."""
_EMOJI_TO_COME = range(0x1F000, 0x1FB00)
"""Unicode keeps what is free here for emoji; phones know new ones before this library does."""
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""They count as letters, marks or symbols and show nothing."""
_JOINED_SCRIPTS = frozenset(
    [
        "ARABIC",
        "BENGALI",
        "DEVANAGARI",
        "GUJARATI",
        "GURMUKHI",
        "KANNADA",
        "MALAYALAM",
        "MONGOLIAN",
        "NKO",
        "ORIYA",
        "SINHALA",
        "SYRIAC",
        "TAMIL",
        "TELUGU",
    ]
)
_NEEDED_BY = {
    "\u200b": frozenset({"KHMER", "LAO", "MYANMAR", "THAI"}),  # they write no blank between words
    "\u200c": _JOINED_SCRIPTS,
    "\u200d": _JOINED_SCRIPTS,
    "\u180e": frozenset({"MONGOLIAN"}),
}
"""Invisible characters, and the scripts in which they follow a letter."""
_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"

# The library's list has the encoded form of names such as .укр; people write and read the other one.
_TOP_DOMAINS = [*TLDS, *(each.lower().encode().decode("idna") for each in TLDS if each.startswith("XN--"))]
_LINKS = LinkifyIt().tlds(_TOP_DOMAINS)
_WORLD_WIDE_WEB = re.compile(r"\bwww\.\w", re.IGNORECASE)
_DOTS = str.maketrans("。", ".")  # a browser takes it for a dot too


def normalised(text: str) -> str:
    """Return a text in the form in which it is stored: NFC, line feeds at ends of lines, no soft hyphens."""
    return unicodedata.normalize("NFC", _ENDS_OF_LINES.sub("\n", text).replace(_SOFT_HYPHEN, ""))


def hidden_in(text: str) -> Iterator[tuple[int, str]]:
    """Find the characters of a normalised text that nobody may write; line feed and tab are none of them.

    Yields:
        The place and the character: of control, format (where no script and no emoji needs it), a surrogate,
        for private use, unassigned, or a letter without a shape.
    """
    # An emoji of many characters is looked at as the one flag that it shows; places stay as they are.
    seen = _FLAG.sub(lambda found: "\U0001f3f4" * len(found[0]), text)
    if seen.isascii() and seen.isprintable():
        return
    for place, character in enumerate(seen):
        if not _is_seen(seen, place):
            yield place, character


def is_visible(text: str) -> bool:
    """True for a text that shows something: at least one letter, number, sign or symbol."""
    return any(unicodedata.category(character)[0] in "LNPS" or _may_be_emoji(character) for character in text)


def has_link(text: str) -> bool:
    """True for a text that a mail program or a browser may show as a link: an address of web or mail."""
    written = unicodedata.normalize("NFKC", text).translate(_DOTS)
    return "://" in written or bool(_WORLD_WIDE_WEB.search(written)) or _LINKS.test(written)


def described(character: str) -> str:
    """Name a character for people, such as ``U+202E (RIGHT-TO-LEFT OVERRIDE)``."""
    name = unicodedata.name(character, "") or _KINDS.get(unicodedata.category(character), "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def clean_text(text: str) -> str:
    """Return a text that was stored before there was a rule, without what nobody may write.

    What a release before took must not stop an order: it is handed on without its hidden characters.
    """
    text = normalised(text)
    while hidden := {place for place, _ in hidden_in(text)}:
        text = normalised("".join(each for place, each in enumerate(text) if place not in hidden))
    return text.strip()


def clean_line(text: str) -> str:
    """Return ``clean_text`` as one line."""
    return " ".join(clean_text(text).replace("\t", "\n").split("\n")).strip()


def clean_name(text: str) -> str:
    """Return ``clean_line`` with its links taken apart, so that no program shows them as links."""
    line = clean_line(text)
    return re.sub(r"[.:/@。\uff0e\uff61]+", " ", line).strip() if has_link(line) else line


_KINDS = {
    "Cc": "a control character",
    "Cn": "not assigned",
    "Co": "for private use",
    "Cs": "half of a character",
}


def _is_seen(text: str, place: int) -> bool:
    character = text[place]
    category = unicodedata.category(character)
    if character in "\n\t" or category == "Zs":
        return True
    if category == "Cf":
        # Numbers of Arabic are written under a sign that is of this category and that people see.
        return unicodedata.bidirectional(character) == "AN" or _is_needed(text, place)
    if category == "Mn" and "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return place > 0 and unicodedata.category(text[place - 1])[0] in "LNPS"
    if category == "Cn":
        return _may_be_emoji(character)
    return category[0] not in "CZ" and character not in _BLANK_LETTERS


def _is_needed(text: str, place: int) -> bool:
    """True for an invisible character after a letter of a script that needs it, or between two emoji."""
    if place == 0:
        return False
    character, before, after = text[place], text[place - 1], text[place + 1 : place + 2]
    if unicodedata.category(before)[0] in "LM":
        script = unicodedata.name(before, "").partition(" ")[0]
        if script in _NEEDED_BY.get(character, ()):
            return True
    if character != _ZERO_WIDTH_JOINER or not after:
        return False
    return (before == _EMOJI_STYLE or _is_symbol(before)) and _is_symbol(after)


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character)[0] == "S" or _may_be_emoji(character)


def _may_be_emoji(character: str) -> bool:
    return unicodedata.category(character) == "Cn" and ord(character) in _EMOJI_TO_COME
