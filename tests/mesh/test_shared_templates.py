"""Blocks that several documents have in common become templates, the rest stays where it is."""

import pytest
from bunmart_mesh.render.helm.expressions import expand
from bunmart_mesh.render.helm.shared_templates import extract_shared_templates

LONG = "x" * 300
BLOCK = f"""\
- name: first
  text: {LONG}
- name: second
"""


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def shared(documents: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    replaced, blocks = extract_shared_templates(documents, "common")
    return {name: expand(text) for name, text in replaced.items()}, blocks


def test_a_common_block_is_included_at_its_own_depth() -> None:
    documents = {
        "a": f"deep:\n  items:\n{indented(BLOCK, 2)}  after: 1\n",
        "b": f"items: &anchor\n{BLOCK}",
        "c": f"own: true\nitems:\n{indented(BLOCK, 4)}",
    }
    replaced, blocks = shared(documents)
    assert blocks == {"common.items": BLOCK}
    assert replaced == {
        "a": 'deep:\n  items:\n  {{- include "common.items" . | nindent 2 }}\n  after: 1\n',
        "b": 'items: &anchor\n{{- include "common.items" . | nindent 0 }}\n',
        "c": 'own: true\nitems:\n    {{- include "common.items" . | nindent 4 }}\n',
    }


def test_an_item_is_called_by_its_name() -> None:
    item = f"- name: peer\n  text: {LONG}\n"
    documents = {name: f"list:\n- name: {name}\n{item}- name: z{name}\n" for name in "abc"}
    replaced, blocks = shared(documents)
    assert blocks == {"common.peer": item}
    assert replaced["b"] == 'list:\n- name: b\n{{- include "common.peer" . | nindent 0 }}\n- name: zb\n'


@pytest.mark.parametrize("text", ["short", LONG])
def test_what_is_short_or_rare_stays(text: str) -> None:
    documents = dict.fromkeys("abc" if text == "short" else "ab", f"key:\n  text: {text}\n")
    assert shared(documents) == (documents, {})


def test_blocks_of_the_same_name_are_numbered() -> None:
    text = f"one:\n  key:\n    text: {LONG}\ntwo:\n  key:\n    other: {LONG}\n"
    documents = {name: f"{name}: 1\n{text}" for name in "abc"}
    _, blocks = shared(documents)
    assert sorted(blocks) == ["common.one", "common.two"]
    documents = {name: text.replace("one:", f"one{name}:").replace("two:", f"two{name}:") for name in "abc"}
    documents = {name: text.replace("  key:", f"  {name}: 1\n  key:") for name, text in documents.items()}
    assert sorted(shared(documents)[1]) == ["common.key", "common.key-2"]
