"""YAML with anchors: a block that occurs again in one document is written as an alias.

A ConfigMap is stored in the cluster and sent to each of its pods, so this makes both smaller. An alias cannot
refer to another document; for that there is ``shared_templates``.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml
from typing_extensions import override

from bunmart_mesh.render.config import Config

_WORTH_AN_ANCHOR = 80
"""Characters; an alias for less would hide more than it saves."""
_ONE_LINE = 100


class _Anchored(dict[str, Any]):
    """A block that occurs more than once; its anchor is named after the field."""

    field: str


class _Dumper(yaml.SafeDumper):
    """Names anchors, where PyYAML would number them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._fields: dict[int, str] = {}
        self._used: Counter[str] = Counter()

    @override
    def represent_data(self, data: Any) -> yaml.Node:
        """Remember which node came from which field; put on one line what fits there."""
        node: yaml.Node = super().represent_data(data)
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            node.flow_style = len(json.dumps(data)) <= _ONE_LINE
        if isinstance(data, _Anchored):
            self._fields[id(node)] = data.field
        return node

    @override
    def generate_anchor(self, node: yaml.Node) -> str:
        """Return ``retry_policy``, then ``retry_policy-2``."""
        field = self._fields[id(node)]
        self._used[field] += 1
        return field if self._used[field] == 1 else f"{field}-{self._used[field]}"


_Dumper.add_representer(_Anchored, yaml.SafeDumper.represent_dict)


def to_anchored_yaml(config: Config) -> str:
    """Write a configuration in Envoy's own order of fields, with anchors and aliases for repeated blocks."""
    times = Counter(key for key, _ in _blocks(config, ""))
    anchors = {key: field for key, field in _blocks(config, "") if times[key] > 1}
    written: dict[str, _Anchored] = {}
    return yaml.dump(
        _with_anchors(config, anchors, written),
        Dumper=_Dumper,
        sort_keys=False,
        width=110,
        default_flow_style=None,
    )


def _blocks(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Yield the mappings that are worth an anchor, as JSON, with the names of their fields."""
    if isinstance(value, list):
        for item in value:
            yield from _blocks(item, field)
    elif isinstance(value, dict):
        if len(key := json.dumps(value)) >= _WORTH_AN_ANCHOR:
            yield key, field
        for name, item in value.items():
            yield from _blocks(item, name)


def _with_anchors(value: Any, anchors: dict[str, str], written: dict[str, _Anchored]) -> Any:
    if isinstance(value, list):
        return [_with_anchors(item, anchors, written) for item in value]
    if not isinstance(value, dict):
        return value
    key = json.dumps(value)
    if key in written:
        return written[key]
    copy = {name: _with_anchors(item, anchors, written) for name, item in value.items()}
    if key not in anchors:
        return copy
    written[key] = _Anchored(copy)
    written[key].field = anchors[key]
    return written[key]
