"""The table of credentials names tests that exist."""

import ast
import re

from tests.docs.documents import ROOT

TEXT = (ROOT / "docs/security.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CREDENTIALS = {
    "password",
    "refresh token",
    "session",
    "access token",
    "role",
    "device token",
    "reset link",
    "signing key",
    "service certificate",
    "webhook secret",
}


def rows() -> dict[str, list[str]]:
    """The cells of each row of the table of credentials, by its first one."""
    table = TEXT.split("## The table")[1].split("\n\n")[1]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {row[0]: row for row in cells[2:]}


def exists(path: str, name: str) -> bool:
    """True when a file has a test of this name."""
    file = ROOT / path
    if not file.exists():
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node.name == name for node in ast.parse(file.read_text()).body)


def test_every_credential_has_a_row_with_what_ends_it_and_a_test() -> None:
    found = rows()

    assert found.keys() >= CREDENTIALS
    for name, cells in found.items():
        assert len(cells) == 5, name
        assert all(cells), name
        assert TEST.search(cells[-1]), name


def test_every_test_that_the_page_names_exists() -> None:
    named = TEST.findall(TEXT)

    assert len(named) > len(CREDENTIALS)
    assert [f"{path}::{name}" for path, name in named if not exists(path, name)] == []
    assert len(named) == TEXT.count(".py::"), "each name is in backticks, on one line"
