"""Sections of a golden render: objects of one sort, and the pieces of objects that come from one call or route."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from tests.charts.golden_trees import Tree, renamed, tree_of
from tests.charts.known import PARTS
from tests.charts.rendering import Manifest

Section = dict[str, Tree]
"""Objects or pieces of one sort by name, with placeholders for the names in them."""


class Piece(NamedTuple):
    """Fields that are cut out of objects of one kind, so that one call or route has an entry of its own.

    In ``title`` and ``member``, ``{owner}`` is the part of the object, ``{key}`` the key of the piece and
    ``{above}`` the key two levels above it.
    """

    title: str
    """Of the section."""
    kind: str
    within: str
    """A key above the piece."""
    below: str
    """The key of the list or mapping that has the piece."""
    member: str
    """The name of the piece in its section."""
    owner: str
    """The placeholder for the name of the owner."""
    key: str
    """The placeholder for the key."""
    above: str = ""
    """The placeholder for the key two levels above."""
    pattern: str = "*"
    """Of the key, for ``fnmatch``."""


_OUTBOUND, _RBAC, _STATIC = "outbound", "envoy.filters.http.rbac", "static_resources"
_ROUTE = "{owner} → {above} {key}"
PIECES = (
    Piece(
        *("Envoy: route of an RPC", "ConfigMap", _OUTBOUND, "routes", _ROUTE, "caller", "rpc", "callee"),
        "[A-Z]*",
    ),
    Piece(
        *("Envoy: route of REST", "ConfigMap", _OUTBOUND, "routes", _ROUTE, "caller", "path", "callee"),
        "/[as]*",
    ),
    Piece(
        "Envoy: virtual host", "ConfigMap", _OUTBOUND, "virtual_hosts", "{owner} → {key}", "caller", "callee"
    ),
    Piece(
        *("Envoy: cluster", "ConfigMap", _STATIC, "clusters", "{owner} → {key}", "caller", "callee"),
        pattern="peer-*",
    ),
    Piece("Envoy: access", "ConfigMap", _RBAC, "policies", "{key} → {owner}", "callee", "caller"),
    Piece("Envoy: route of the edge", "ConfigMap", "edge", "routes", "{key}", "", "path"),
    Piece("Envoy: listener {key}", "ConfigMap", _STATIC, "listeners", "{owner}", "part", ""),
    Piece("VirtualService: route", "VirtualService", "spec", "http", "{owner} {key}", "callee", "route"),
    Piece(
        *("AuthorizationPolicy: rule", "AuthorizationPolicy", "spec", "rules", "{key} → {owner}"),
        *("callee", "caller"),
    ),
    Piece("HTTPRoute: rule", "HTTPRoute", "spec", "rules", "{owner} {key}", "part", ""),
)
_REPLY = "Envoy: local reply"
_REPLIES = "mappers"
_CUT_OUT = "<pieces>"


def sections(objects: Iterable[Manifest]) -> dict[str, Section]:
    """Sort objects and their pieces into sections, by their titles.

    Raises:
        ValueError: Two entries of a section have one name.
    """
    found: dict[str, Section] = defaultdict(dict)
    for each in objects:
        for title, section in _sections_of(json.dumps(each)).items():
            if title != _REPLY and found[title].keys() & section.keys():
                raise ValueError(f"two entries of {title!r} have one name: {sorted(section)}")
            found[title] |= section
    return found


@lru_cache(maxsize=4096)
def _sections_of(manifest: str) -> dict[str, Section]:
    """Return the entries of one object, which is JSON, so that a second render costs only what it changed."""
    found: dict[str, Section] = defaultdict(dict)
    tree = tree_of(json.loads(manifest))
    kind, name = tree["kind"], tree["metadata"]["name"]
    part = next((part for part in PARTS if name == part or name.startswith(f"{part}-")), "")
    rest = _cut(tree, kind, part, (), found)
    names = {part: "<part>"} if part else {}
    found[f"{kind} {renamed(name, names)}"][part or name] = renamed(rest, names)
    return found


def file_of(title: str) -> str:
    """Return the name of the file of a section: the kind of its objects."""
    return f"{re.split('[ :]', title)[0]}.yaml"


def _cut(tree: Tree, kind: str, part: str, above: tuple[str, ...], found: dict[str, Section]) -> Tree:
    """Return a tree without its pieces, and add these to their sections."""
    rest: Tree = {}
    for key, value in tree.items():
        if not isinstance(value, dict):
            rest[key] = value
            continue
        below = _cut(value, kind, part, (*above, key), found)
        if above and above[-1] == _REPLIES:
            rest[key] = _reply(below, found)
        elif piece := next((one for one in PIECES if _matches(one, kind, above, key)), None):
            _add(piece, below, part, above[-2], key, found)
        else:
            # Only what was cut out can have left nothing.
            rest[key] = below or _CUT_OUT
    return rest


def _matches(piece: Piece, kind: str, above: tuple[str, ...], key: str) -> bool:
    is_there = piece.kind == kind and piece.within in above and above[-1] == piece.below
    return is_there and fnmatchcase(key, piece.pattern)


def _add(piece: Piece, tree: Tree, part: str, above: str, key: str, found: dict[str, Section]) -> None:
    key = key.removeprefix("peer-")
    names = {part: piece.owner, above: piece.above, key.partition(" ")[0]: piece.key}
    placeholders = {name: f"<{word}>" for name, word in names.items() if name and word}
    member = piece.member.format(owner=part, above=above, key=key)
    found[piece.title.format(key=key)][member] = renamed(tree, placeholders)


def _reply(tree: Tree, found: dict[str, Section]) -> str:
    """Give one of Envoy's own replies, which many listeners have, an entry of its own; return its name.

    The name has a digest of the reply, so that every listener with another reply shows another name.
    """
    text = json.dumps(tree, sort_keys=True)
    error = re.search(r"urn:bunmart:error:([\w-]+)", text)
    name = f"{error[1] if error else 'other'} {hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"
    found[_REPLY][name] = tree
    return f"<local reply {name}>"
