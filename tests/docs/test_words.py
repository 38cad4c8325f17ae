"""The measurable part of the style of CONTRIBUTING.md: docstrings, a page that readers lack, the README's length."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("services", "bff", "mesh", "dev", "tools", "benchmarks")
"""The folders whose docstrings start with a verb or with the thing. Tests are sentences of another kind."""
QUESTION = re.compile(r"\s*(What|Who|Whose|Where|How|Whether|When|Which|Why)\b")
README_LINES = 150


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository that are committed, or that could be."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns)
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return [path for path in paths if path.is_file()]


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yield each docstring with its line: of modules, classes and functions, and under attributes and constants."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                text = statement.value.value
                if isinstance(text, str):
                    yield statement.lineno, text


@pytest.mark.parametrize("root", ROOTS)
def test_a_docstring_starts_with_a_verb_or_with_the_thing(root: str) -> None:
    questions = [
        f"{path.relative_to(ROOT)}:{line}: {text.splitlines()[0]}"
        for path in tracked(f"{root}/*.py")
        for line, text in docstrings(path.read_text())
        if QUESTION.match(text)
    ]

    assert questions == []


def test_no_file_cites_a_page_that_its_readers_do_not_have() -> None:
    command = ("git", "grep", "-niE", r"\bthe brief\b|\(brief,", "--", ":!CHANGELOG.md")
    found = subprocess.run(
        (*command, f":!tests/docs/{Path(__file__).name}"),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert found.stdout == "", "cite proto/README.md or docs/ instead"
    assert not found.stderr


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < README_LINES


def test_the_first_screen_of_the_readme_has_the_two_commands() -> None:
    screen = (ROOT / "README.md").read_text().splitlines()[:30]

    assert [line.split("#")[0].strip() for line in screen if line.startswith("make ")] == [
        "make up",
        "make test",
    ]


@pytest.mark.parametrize("docstring", ["Whether it runs.", "  How much of it.", "Who may call what."])
def test_a_question_is_found(docstring: str) -> None:
    found = docstrings(f'class Example:\n    """{docstring}"""\n\n    size: int\n    """{docstring}"""\n')

    assert [line for line, text in found if QUESTION.match(text)] == [2, 5]
