"""Kubernetes objects as Helm templates: YAML in which some items and fields depend on a condition."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import yaml
from typing_extensions import override

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.helm.expressions import CLUSTER_DOMAIN, GENERATED, NAMESPACE, expand, helm

_END = "HELMend"
_ENDS = re.compile(rf"^ *{_END}\w+: null$", re.MULTILINE)
_ACTION = f"HELMx{b'- '.hex()}"
_ACTIONS = re.compile(rf"^ *(?:- )?({_ACTION}[0-9a-f]+x)(?:: null)?$", re.MULTILINE)
_SHORT = 80
"""Characters; a mapping or list of scalars that needs no more is written on one line."""
_INSTANCE = {"app.kubernetes.io/instance": helm(".Release.Name | quote")}
_VARIABLES = """\
{{- $trust := include "bunmart.trustDomain" . }}
{{- $ns := .Release.Namespace }}
{{- $domain := .Values.global.clusterDomain }}
"""


@dataclass(frozen=True)
class Manifest:
    """One object of a template.

    Attributes:
        kind: With its API version, ``networking.istio.io/v1/Sidecar``.
        name: Of the object, unique among its kind in the namespace.
        body: Everything beside apiVersion, kind and metadata.
        condition: A Go template condition without which the object does not exist.
        metadata: Further metadata.
    """

    kind: str
    name: str
    body: Config
    condition: str = ""
    metadata: Config = field(default_factory=dict)


class _Dumper(yaml.SafeDumper):
    """Writes everything out, small things on one line."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True

    @override
    def represent_data(self, data: Any) -> yaml.Node:
        """Choose between one line and many."""
        node: yaml.Node = super().represent_data(data)
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = _is_short(node)
        return node


def _is_short(node: yaml.CollectionNode) -> bool:
    parts = [part for item in node.value for part in (item if isinstance(item, tuple) else (item,))]
    if not all(isinstance(part, yaml.ScalarNode) for part in parts):
        return False
    texts = [str(part.value) for part in parts]
    return sum(map(len, texts)) < _SHORT and not any(text.startswith((_ACTION, _END)) for text in texts)


def full_name(part: str) -> str:
    """Return the DNS name of a part's Service."""
    return f"{part}.{NAMESPACE}.svc.{CLUSTER_DOMAIN}"


def pods_of(*names: str) -> Config:
    """Return a label selector of the pods of those names of this release."""
    if len(names) == 1:
        return {"matchLabels": pod_labels(*names)}
    among = {"key": "app.kubernetes.io/name", "operator": "In", "values": list(names)}
    return {"matchLabels": _INSTANCE, "matchExpressions": [among]}


def pod_labels(name: str) -> dict[str, str]:
    """Return the labels that select the pods of that name of this release."""
    return {"app.kubernetes.io/name": name, **_INSTANCE}


def when(condition: str, items: Iterable[Any]) -> list[Any]:
    """Return items of a list that are there only under a Go template condition."""
    return [helm(f"- if {condition}"), *items, helm("- end")]


def each(values: str, items: Iterable[Any]) -> list[Any]:
    """Return items of a list that are there once for each of a Go template's values."""
    return [helm(f"- range {values}"), *items, helm("- end")]


def given(condition: str, fields: Config) -> Config:
    """Return fields of a mapping that are there only under a Go template condition.

    The end is named after the fields, since a mapping has each key once.
    """
    return {helm(f"- if {condition}"): None, **fields, f"{_END}{''.join(fields)}": None}


def fragment(name: str, items: Iterable[Any]) -> str:
    """Write a named template of items, for ``include`` in several lists."""
    return f'{{{{- define "{name}" -}}}}\n{_text(list(items))}{{{{- end }}}}\n'


def include(name: str) -> list[str]:
    """Include the items of a ``fragment`` in a list whose items are indented by two."""
    return [helm(f'- include "{name}" $ | nindent 2')]


def template(manifests: Iterable[Manifest], condition: str = "", fragments: str = "") -> str:
    """Write a template of objects that all exist only under a Go template condition.

    Args:
        manifests: The objects.
        condition: Empty when there is none.
        fragments: Named templates that the objects use.

    Raises:
        ValueError: A text would be taken for a template where it is none.
    """
    groups = groupby(manifests, key=lambda one: one.condition)
    documents = "".join(_guarded("".join(map(_document, group)), guard) for guard, group in groups)
    return f"{GENERATED}{fragments}{_guarded(_VARIABLES + documents, condition)}"


def _guarded(text: str, condition: str) -> str:
    return f"{{{{- if {condition} }}}}\n{text}{{{{- end }}}}\n" if condition else text


def _document(manifest: Manifest) -> str:
    api_version, _, kind = manifest.kind.rpartition("/")
    whose = f'(dict "root" $ "name" "{manifest.name}" "component" "mesh")'
    metadata = {
        "name": manifest.name,
        "namespace": helm("$ns | quote"),
        "labels": helm(f'include "bunmart.labels" {whose} | nindent 4'),
        **manifest.metadata,
    }
    config = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **manifest.body}
    return f"---\n{_text(config)}"


def _text(value: Any) -> str:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=1000, default_flow_style=False)
    return expand(_ACTIONS.sub(r"\1", _ENDS.sub(helm("- end"), text)))
