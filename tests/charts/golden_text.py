"""The text of a golden render: a digest of each object, one of each sort in full, the others by difference."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import yaml
from typing_extensions import override

from tests.charts.golden_sections import Section, file_of, sections
from tests.charts.golden_trees import ITEM, Tree, leaves, usual, without
from tests.charts.known import SERVICES
from tests.charts.rendering import Manifest

INDEX = "index.txt"
_SHORT, _SHORT_LIST = 110, 200
"""Characters; a mapping or a list of texts that needs no more is written on one line."""
_LONGEST_KEY = 100
_LABELS = "app.kubernetes.io/"


def golden_files(objects: Sequence[Manifest], base: Sequence[Manifest] = ()) -> dict[str, str]:
    """Return the golden text of a render by the names of its files.

    Args:
        objects: The render.
        base: Another render; if given, only differences from it are written.

    Raises:
        ValueError: Two objects or pieces have one name, so that only one of them would be shown.
    """
    mine, theirs = sections(objects), sections(base)
    documents: dict[str, Tree] = defaultdict(dict)
    for title in sorted(mine):
        section, before = mine[title], theirs.get(title, {})
        new = {name: tree for name, tree in section.items() if name not in before}
        changed = {
            name: _difference(tree, before[name])
            for name, tree in section.items()
            if name in before and tree != before[name]
        }
        if new:
            documents[file_of(title)][title] = _summary(new)
        if changed:
            everyone = len(changed) == len(section)
            documents[file_of(title)][f"{title}, changed"] = _summary(changed, everyone=everyone)
    return {INDEX: _index(objects, base), **{name: _dump(document) for name, document in documents.items()}}


def digest(manifest: Manifest) -> str:
    """Return a digest of an object, which is another one after any change."""
    return hashlib.blake2b(json.dumps(manifest, sort_keys=True).encode(), digest_size=6).hexdigest()


def _digests(objects: Sequence[Manifest]) -> dict[str, str]:
    found = {f"{each['kind']}/{each['metadata']['name']}": digest(each) for each in objects}
    if len(found) != len(objects):
        raise ValueError("two objects have one kind and name: the index would show only one of them")
    return found


def _index(objects: Sequence[Manifest], base: Sequence[Manifest]) -> str:
    mine, theirs = _digests(objects), _digests(base)
    lines = [f"{name} {text}" for name, text in mine.items() if theirs.get(name) != text]
    lines += [f"{name} absent" for name in theirs if name not in mine]
    return "".join(f"{line}\n" for line in sorted(lines))


def _summary(section: Section, *, everyone: bool = False) -> Tree:
    """Tell what is usual in a section, and by which fields each member differs from that."""
    typical = [name for name in section if name in SERVICES] or list(section)
    base = usual([section[name] for name in typical])
    groups = _groups({name: _own(tree, base) for name, tree in section.items()})
    document = {"usual": _shown(base)} if base else {}
    if (everyone or len(section) == 1) and len(groups) == 1 and not groups[0][1]:
        return document
    members = [
        {"of": names if len(names) > 1 else names[0], **{key: _shown(part) for key, part in own.items()}}
        for names, own in groups
    ]
    return {**document, "members": members}


def _groups(section: Section) -> list[tuple[list[str], Tree]]:
    """Put members with the same fields together, sorted by these, so that a change of one member moves no other."""
    found: dict[str, list[str]] = {}
    for name in sorted(section):
        found.setdefault(json.dumps(section[name]), []).append(name)
    return [(names, section[names[0]]) for _, names in sorted(found.items())]


def _difference(tree: Tree, base: Tree) -> Tree:
    parts = {"with": without(tree, base), "without": without(base, tree)}
    return {key: part for key, part in parts.items() if part}


def _own(tree: Tree, base: Tree) -> Tree:
    parts = _difference(tree, base)
    shorter = sum(1 for _ in leaves(parts)) < sum(1 for _ in leaves(tree))
    return parts if shorter or "without" not in parts else {"instead": tree}


def _shown(tree: Any) -> Any:
    """Return a tree as it is written: lists of texts are lists again, and a chain of keys is one key."""
    if not isinstance(tree, dict):
        return tree
    if all(key.startswith(ITEM) for key in tree):
        return _folded([key.removeprefix(ITEM) for key in tree])
    return dict(_chain(key, value) for key, value in tree.items())


def _chain(key: str, value: Any) -> tuple[str, Any]:
    """Return a key and its subtree; while this has one key only, the two are one, up to a length."""
    if isinstance(value, dict) and len(value) == 1:
        ((below, rest),) = value.items()
        if not below.startswith(ITEM) and len(key) + len(below) < _LONGEST_KEY:
            return _chain(f"{key}.{below}", rest)
    return key, _shown(value)


def _folded(texts: list[str]) -> list[str]:
    """Write the longer names of a host behind its shortest: ``order{,.bunmart,.bunmart.svc}``."""
    found: dict[str, list[str]] = {}
    for text in texts:
        head = next((head for head in found if text.startswith(f"{head}.")), text)
        found.setdefault(head, []).append(text.removeprefix(head))
    return [f"{head}{{{','.join(ends)}}}" if len(ends) > 1 else head for head, ends in found.items()]


class _Dumper(yaml.CSafeDumper):
    """Writes what is short on one line, but one call a line."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True

    @override
    def represent_data(self, data: Any) -> yaml.Node:
        node: yaml.Node = super().represent_data(data)
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = _is_short(data)
        return node


def _is_short(data: Any) -> bool:
    text = json.dumps(data, ensure_ascii=False)
    if isinstance(data, dict) and any(key.startswith(_LABELS) for key in data):
        return all(isinstance(value, str) for value in data.values())
    texts = isinstance(data, list) and all(isinstance(item, str) for item in data)
    return len(text) <= (_SHORT_LIST if texts else _SHORT) and "→" not in text


def _dump(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
