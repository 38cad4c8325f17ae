"""Strict validation of rendered objects, as an API server of a given minor version does it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import jsonschema_rs
from kubernetes_validate.utils import all_versions, schema_contents

from tests.charts.rendering import Manifest

SCHEMAS = Path(__file__).parent / "schemas"
OLDEST = (1, 30)
"""The oldest minor version on which the charts run: the first with the sleep action of preStop."""


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".")[:2])


VERSIONS = tuple(dict.fromkeys(version for version in all_versions() if _minor(version) >= OLDEST))
NEWEST = VERSIONS[-1]


def definitions(version: str) -> Any:
    """Read what the schemas of a version have in common."""
    return schema_contents(f"kubernetes-json-schema/v{version}-local-strict/_definitions.json", version)


@cache
def _registry(version: str) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([("file:///api/_definitions.json", definitions(version))])


def custom_schema(api_version: str, kind: str) -> Path:
    """Return where the schema of a custom resource is, if there is one."""
    group, _, version = api_version.rpartition("/")
    return SCHEMAS / group / f"{kind.lower()}_{version}.json"


def builtin_schema_name(api_version: str, kind: str) -> str:
    """Return the name that kubernetes-validate and kubeconform give a schema: ``deployment-apps-v1.json``."""
    group, _, version = api_version.rpartition("/")
    prefix = f"{group.split('.')[0]}-" if group else ""
    return f"{kind.lower()}-{prefix}{version}.json"


def builtin_schema(api_version: str, kind: str, version: str) -> Any:
    """Read the strict schema of a kind of Kubernetes; a FileNotFoundError when this version has none."""
    name = builtin_schema_name(api_version, kind)
    return schema_contents(f"kubernetes-json-schema/v{version}-local-strict/{name}", version)


@cache
def _validator(api_version: str, kind: str, version: str) -> jsonschema_rs.Draft202012Validator | None:
    custom = custom_schema(api_version, kind)
    if custom.exists():
        return jsonschema_rs.Draft202012Validator(json.loads(custom.read_text()))
    try:
        schema = builtin_schema(api_version, kind, version)
    except FileNotFoundError:
        return None
    return jsonschema_rs.Draft202012Validator(
        schema, registry=_registry(version), base_uri="file:///api/object.json"
    )


def name_of(manifest: Manifest) -> str:
    """``Deployment/order``."""
    return f"{manifest.get('kind')}/{manifest.get('metadata', {}).get('name')}"


def problems(manifest: Manifest, version: str = NEWEST) -> list[str]:
    """Say what Kubernetes of this version, or a custom resource's definition, does not accept."""
    validator = _validator(manifest["apiVersion"], manifest["kind"], version)
    if validator is None:
        return [f"{name_of(manifest)}: {version} has no {manifest['apiVersion']} {manifest['kind']}"]
    found: list[Any] = list(validator.iter_errors(manifest))
    return [
        f"{name_of(manifest)} at {'.'.join(map(str, each.instance_path)) or 'top'}: {each.message[:300]}"
        for each in found
    ]


def unreadable(manifest: Manifest) -> list[str]:
    """Name the files of a ConfigMap that are not the YAML or JSON that their names promise."""
    found = []
    for file, text in (manifest.get("data") or {}).items() if manifest["kind"] == "ConfigMap" else ():
        if file.endswith((".yaml", ".json")):
            try:
                helm_python.values_from_yaml(text)
            except helm_python.HelmValuesError as error:
                found.append(f"{name_of(manifest)}: {file}: {error}")
    return found
