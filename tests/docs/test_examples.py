"""Code in documents is whole: Python runs, with the fixtures of all tests, and JSON and YAML can be read.

A test in a Python block becomes a test of this module, so pytest shows it under the document's name.
"""

import json
import re
from types import CodeType
from typing import Any

import pytest
import yaml

from tests.docs.documents import Code, Document, documents


def compiled(document: Document, block: Code) -> CodeType:
    """Compile a block so that a traceback shows the document's lines."""
    return compile("\n" * (block.line - 1) + block.text, document.path, "exec")


def run(document: Document, block: Code) -> dict[str, Any]:
    """Run a block; return its tests, named after the document."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(compiled(document, block), names)
    prefix = re.sub(r"\W+", "_", document.name.removesuffix(".md")).lower()
    return {f"{name}__in_{prefix}": each for name, each in names.items() if name.startswith("test_")}


EXAMPLES = [
    run(document, block)
    for document in documents()
    for block in document.blocks
    if block.language == "python"
]
for example in EXAMPLES:
    globals().update(example)


def test_the_example_of_a_test_is_run() -> None:
    names = [name for example in EXAMPLES for name in example]

    assert "test_an_unknown_user_orders_nothing__in_tests_readme" in names


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_json_and_yaml_can_be_read(document: Document) -> None:
    for block in document.blocks:
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml":
            assert list(yaml.safe_load_all(block.text))
