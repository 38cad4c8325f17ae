"""Objects as trees of named fields, so that they can be compared and their common part be taken out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

Tree = dict[str, Any]
"""Subtrees and scalars by key. An item of a list has its name as key; an item of a list of scalars is a key
that begins with ``ITEM`` and holds nothing."""
ITEM = "- "
_IDENTITIES: tuple[tuple[str, ...], ...] = (
    *(("name",), ("mountPath",), ("match", "path"), ("match", "path_separated_prefix"), ("match", "prefix")),
    *(("url_path", "path", "exact"), ("url_path", "path", "prefix"), ("uri", "exact"), ("uri", "prefix")),
    *(("path", "value"), ("port",), ("key",), ("topologyKey",), ("applyTo",)),
)
"""Places in an item of a list that tell it from its neighbours, the best first."""
_DESCRIPTIONS: tuple[tuple[str | int, ...], ...] = (
    *(("from", 0, "source", "principals", 0), ("operation", "ports", 0), ("ports", 0, "port")),
)
"""Places that tell an item from its neighbours, but that do not say all of a field."""
_PEERS = "values"
"""The list of parts in a label selector. A name that only most of them have would stand at none of these."""
_HASH = re.compile(r"(?<=-)[0-9a-f]{8}$")
_CHECKSUM = "<checksum>"


def tree_of(value: Any) -> Any:
    """Return a value as a tree: lists become mappings by the names of their items."""
    if isinstance(value, Mapping):
        return {str(key): _entry(str(key), item) for key, item in value.items()} or "{}"
    if not isinstance(value, list):
        return value
    if not any(isinstance(item, Mapping | list) for item in value):
        return {f"{ITEM}{item}": None for item in value} or "[]"
    found: Tree = {}
    for number, item in enumerate(value):
        place, name = _identity(item) or ((), _description(item) or str(number))
        before = sum(1 for key in found if key == name or key.startswith(f"{name} ("))
        found[f"{name} ({before + 1})" if before else name] = _without_name(tree_of(item), place)
    return found


def _without_name(tree: Any, place: tuple[str, ...]) -> Any:
    """Leave out the field that has become the key; when there is no other, its place is the value."""
    if not place:
        return tree
    if len(tree) > 1:
        rest = _without_name(tree[place[0]], place[1:]) if len(place) > 1 else None
        others = {key: value for key, value in tree.items() if key != place[0]}
        return others if rest is None or isinstance(rest, str) else {**others, place[0]: rest}
    if len(place) == 1:
        return place[0]
    rest = _without_name(tree[place[0]], place[1:])
    return f"{place[0]}.{rest}" if isinstance(rest, str) else {place[0]: rest}


def _entry(key: str, value: Any) -> Any:
    if key.startswith("checksum/"):
        # It says only that another object differs, and that one shows the difference.
        return _CHECKSUM
    if isinstance(value, str) and key.endswith((".yaml", ".json")):
        return _embedded(value)
    if key == "name" and isinstance(value, str):
        return _HASH.sub(_CHECKSUM, value)
    return tree_of(value)


@cache
def _embedded(text: str) -> Any:
    return tree_of(yaml.load(text, yaml.CSafeLoader))


def _identity(item: Any) -> tuple[tuple[str, ...], str] | None:
    """Return the first of ``_IDENTITIES`` that an item has, and the text there."""
    for place in _IDENTITIES:
        found = _at(item, place)
        if isinstance(found, str | int):
            return place, str(found)
    return None


def _description(item: Any) -> str:
    """Return what the first of ``_DESCRIPTIONS`` that an item has says; empty when it has none."""
    found = (_at(item, place) for place in _DESCRIPTIONS)
    return next((str(text).rpartition("/sa/")[2] for text in found if isinstance(text, str | int)), "")


def _at(value: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, Mapping) else None
        else:
            value = value[step] if isinstance(value, list) and value else None
    return value


def usual(trees: Sequence[Tree]) -> Tree:
    """Return the fields that more than half of some trees have, and the peers that all have."""
    times: Counter[tuple[tuple[str, ...], str]] = Counter()
    values = {}
    for tree in trees:
        for path, value in leaves(tree):
            field = (path, f"{type(value).__name__} {value}")
            times[field] += 1
            values[field] = value
    found: Tree = {}
    for field, count in times.items():
        path = field[0]
        if 2 * count > len(trees) and (count == len(trees) or path[-2:-1] != (_PEERS,)):
            below = found
            for key in path[:-1]:
                below = below.setdefault(key, {})
            below[path[-1]] = values[field]
    return found


def same(one: Any, other: Any) -> bool:
    """Tell if two values are equal and of one type: 1 is neither True nor "1"."""
    return type(one) is type(other) and bool(one == other)


def without(tree: Tree, other: Tree) -> Tree:
    """Return the fields of a tree that another one does not have."""
    found: Tree = {}
    for key, value in tree.items():
        if key not in other:
            found[key] = value
        elif isinstance(value, dict) and isinstance(other[key], dict):
            if below := without(value, other[key]):
                found[key] = below
        elif not same(value, other[key]):
            found[key] = value
    return found


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Replace whole words in all keys and texts of a tree: ``order`` also in ``order-db`` and OrderService."""
    if not names:
        return value
    words = {**names, **{f"{name.capitalize()}Service": f"{new}Service" for name, new in names.items()}}
    pattern = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, words))})(?![A-Za-z])")
    return _renamed(value, pattern, words)


def _renamed(value: Any, pattern: re.Pattern[str], words: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {_replace(key, pattern, words): _renamed(item, pattern, words) for key, item in value.items()}
    return _replace(value, pattern, words) if isinstance(value, str) else value


def _replace(text: str, pattern: re.Pattern[str], words: Mapping[str, str]) -> str:
    return pattern.sub(lambda found: words[found[0]], text)


def leaves(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every scalar of a tree with its path."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value
