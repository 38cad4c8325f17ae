"""The Markdown files of the repository, read into what can be checked: links, anchors, code."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
SHELL_LANGUAGES = {"", "sh", "shell", "bash", "console"}


@dataclass(frozen=True)
class Code:
    """A block of code.

    Attributes:
        line: Its first line in the document, counted from 1.
    """

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """A Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.path.read_text())

    @cached_property
    def inline(self) -> list[Token]:
        return [child for token in self.tokens for child in token.children or ()]

    @cached_property
    def links(self) -> list[str]:
        """Where links and pictures lead that stay in the repository."""
        targets = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in self.inline]
        return [each for each in targets if each and not re.match(r"[a-z]+:", each)]

    @cached_property
    def anchors(self) -> set[str]:
        """The fragments that lead to its headings, as GitHub makes them."""
        seen: Counter[str] = Counter()
        anchors = set()
        for heading, text in zip(self.tokens, self.tokens[1:], strict=False):
            if heading.type != "heading_open":
                continue
            plain = "".join(child.content for child in text.children or ())
            slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
        return anchors

    @cached_property
    def blocks(self) -> list[Code]:
        """Its blocks of code."""
        return [
            Code(token.info.strip(), token.content, (token.map or [0])[0] + 2)
            for token in self.tokens
            if token.type == "fence"
        ]

    def commands(self) -> Iterator[str]:
        """Yield what a reader would type: the lines of shell blocks, and code in the text."""
        for block in self.blocks:
            if block.language in SHELL_LANGUAGES:
                joined = block.text.replace("\\\n", " ")
                yield from filter(None, (line.strip() for line in joined.splitlines()))
        yield from (" ".join(token.content.split()) for token in self.inline if token.type == "code_inline")


@cache
def documents() -> tuple[Document, ...]:
    """Every Markdown file that is committed, or that could be."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return tuple(Document(path) for path in sorted(paths) if path.exists())
