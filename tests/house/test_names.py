"""The names of reading functions say what happens when there is nothing (docs/services.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USE_CASES = sorted(ROOT.glob("services/*/src/*/service/*.py"))
READERS = ("require_", "lock_", "get", "find_", "list_", "read", "load")
NEVER_REFUSE = ("find_", "read", "load_")
REFUSAL = "NotFoundError: "


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(READERS)
    ]


def wrong_names(path: Path) -> list[str]:
    return [
        each.name
        for each in functions(path)
        if each.name.startswith(NEVER_REFUSE) and REFUSAL in (ast.get_docstring(each) or "")
    ]


@pytest.mark.parametrize("path", USE_CASES, ids=lambda path: str(path.relative_to(ROOT / "services")))
def test_a_function_that_refuses_says_so_by_its_name(path: Path) -> None:
    assert wrong_names(path) == []


def test_the_search_finds_a_wrong_name(tmp_path: Path) -> None:
    path = tmp_path / "lookup.py"
    source = 'async def read_order(order_id):\n    """Read an order.\n\n    Raises:\n        NotFoundError: No.\n    """\n'

    path.write_text(source)
    assert wrong_names(path) == ["read_order"]
    path.write_text(source.replace("read_order", "require_order"))
    assert wrong_names(path) == []
