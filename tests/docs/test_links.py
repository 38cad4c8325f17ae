"""A link in a document leads somewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.documents import Document, documents

each_document = pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)


def broken(document: Document, link: str) -> bool:
    """True for a link to a file or a heading that is not there."""
    path, _, fragment = unquote(link).partition("#")
    target = (document.path.parent / path) if path else document.path
    if not target.exists():
        return True
    if not fragment or target.suffix != ".md":
        return bool(fragment) and re.fullmatch(r"L\d+(-L\d+)?", fragment) is None
    return fragment not in Document(target).anchors


def test_there_are_documents() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md"} <= {each.name for each in documents()}


@each_document
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Document) -> None:
    assert [link for link in document.links if broken(document, link)] == []


def test_every_term_of_the_glossary_says_where_it_lives() -> None:
    glossary = next(each for each in documents() if each.name == "docs/glossary.md")
    rows = [line for line in glossary.path.read_text().splitlines() if line.startswith("| ")]
    terms = [row for row in rows if not row.startswith(("| term", "|---"))]

    assert terms
    assert [
        row for row in terms if not re.fullmatch(r"\| [^|]+ \| [^|]+\. \| \[`[^`]+`\]\([^)]+\) \|", row)
    ] == []


def test_a_link_to_nothing_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page, and `code`\n\n[a](page.md#a-page-and-code) [b](#b) [c](no.md) [d](https://d.test)\n"
    )
    document = Document(page)

    assert [link for link in document.links if broken(document, link)] == ["#b", "no.md"]
