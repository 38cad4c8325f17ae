"""Shared templates: a block that occurs in several documents becomes a named template that they include.

Helm keeps the templates of a release in one Secret, which holds at most 1 MiB, and compresses them badly: a
block that is written twice counts nearly twice. The rendered text stays the same to the byte, so this makes
no ConfigMap smaller; within one document ``anchors`` does that.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from textwrap import dedent

from bunmart_mesh.render.helm.expressions import helm

_TIMES, _CHARACTERS = 3, 300
"""In how many documents a block must occur, and how long it must be."""
_ITEM = re.compile(r"( *)- (?:name: ([\w-]+)$)?")
_KEY = re.compile(r"([ -]*)([\w-]+):(?: &[\w-]+)?$")


@dataclass(frozen=True)
class _Block:
    """An item of a list, or what a key holds."""

    name: str
    start: int
    lines: tuple[str, ...]

    @property
    def column(self) -> int:
        return _column(self.lines[0])

    @property
    def text(self) -> str:
        return dedent("".join(f"{line}\n" for line in self.lines))


def extract_shared_templates(documents: dict[str, str], prefix: str) -> tuple[dict[str, str], dict[str, str]]:
    """Replace the blocks that occur in several documents by ``include``.

    Args:
        documents: YAML, by any names.
        prefix: Of the names of the new templates.

    Returns:
        The documents, and the new templates by their names.
    """
    times = Counter(
        text for document in documents.values() for text in {one.text for one in _blocks(document)}
    )
    names: dict[str, str] = {}
    replaced = {}
    for key, document in documents.items():
        lines = document.splitlines()
        common = _outermost(one for one in _blocks(document) if _worth(one.text, times))
        for block in reversed(common):
            name = names.setdefault(block.text, _free_name(f"{prefix}.{block.name}", names.values()))
            include = helm(f'- include "{name}" . | nindent {block.column}')
            lines[block.start : block.start + len(block.lines)] = [" " * block.column + include]
        replaced[key] = "".join(f"{line}\n" for line in lines)
    return replaced, {name: text for text, name in names.items()}


def _worth(text: str, times: Counter[str]) -> bool:
    return times[text] >= _TIMES and len(text) >= _CHARACTERS


def _free_name(name: str, taken: Iterable[str]) -> str:
    number = sum(1 for one in taken if re.fullmatch(rf"{re.escape(name)}(-\d+)?", one))
    return f"{name}-{number + 1}" if number else name


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _blocks(document: str) -> Iterator[_Block]:
    """Find every block, an outer one before those in it."""
    lines = document.splitlines()
    for number, line in enumerate(lines):
        below = lines[number + 1 :]
        if item := _ITEM.match(line):
            yield _Block(item[2] or "item", number, (line, *_deeper(below, len(item[1]))))
        if key := _KEY.match(line):
            # A list may begin in the column of its key.
            item_start = " " * len(key[1]) + "- "
            held = tuple(_deeper(below, len(key[1]), item_start))
            if held:
                yield _Block(key[2], number + 1, held)


def _deeper(lines: list[str], column: int, or_start: str | None = None) -> Iterator[str]:
    """Return the lines up to the first that is not right of a column."""
    return takewhile(
        lambda line: _column(line) > column or (or_start is not None and line.startswith(or_start)), lines
    )


def _outermost(blocks: Iterable[_Block]) -> list[_Block]:
    found: list[_Block] = []
    for block in blocks:
        if not found or block.start >= found[-1].start + len(found[-1].lines):
            found.append(block)
    return found
