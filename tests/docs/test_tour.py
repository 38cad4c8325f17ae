"""The tour names functions and files that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "docs" / "tour.md"
NAMED = re.compile(r"\[`(?P<name>[\w.]+)`\]\((?P<file>[^)]+\.py)\)")
ROW = re.compile(r"^\| `(?P<file>[\w./]+)` \|", re.MULTILINE)

STOPS = [(found["name"], found["file"]) for found in NAMED.finditer(TOUR.read_text())]
FILES = [found["file"] for found in ROW.finditer(TOUR.read_text())]


def definitions(source: str) -> set[str]:
    """The names of the functions, classes, methods and module variables of a file."""
    found = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}.{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_the_tour_passes_more_than_a_dozen_functions() -> None:
    assert len(STOPS) > 12


@pytest.mark.parametrize(("name", "file"), STOPS)
def test_a_function_of_the_tour_is_in_the_file_behind_its_link(name: str, file: str) -> None:
    assert name in definitions((TOUR.parent / file).read_text())


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_the_three_changes_exists(file: str) -> None:
    assert (ROOT / file).exists()


def test_a_new_rpc_touches_at_most_five_files() -> None:
    section = TOUR.read_text().partition("### An RPC that another service calls")[2]

    assert len(ROW.findall(section)) <= 5
