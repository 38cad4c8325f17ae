"""Writes strict JSON schemas of the custom resources that the charts render: ``python tools/crd_schemas.py``.

The CustomResourceDefinitions come from the Go modules of their projects, so this needs ``go`` and its proxy;
the tests need neither, since the schemas are committed under tests/charts/schemas. Strict means what the API
server's strict field validation means: a field that the definition does not know is an error.
``--crds DIR`` also copies the definitions, for a cluster in which the operators themselves do not run.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).parents[1] / "tests" / "charts" / "schemas"
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
METADATA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253},
        "namespace": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63},
        "labels": STRINGS,
        "annotations": STRINGS,
    },
}
"""A definition leaves ``metadata`` to the API server; this is as much of it as a chart writes."""


VALIDATING = frozenset(
    (
        *("type", "enum", "required", "anyOf", "oneOf", "allOf", "not", "additionalProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern"),
        *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    )
)
"""The keywords that are kept; prose, defaults and the rules in CEL are left to the API server."""


class Loader(yaml.CSafeLoader):
    """Reads a lone ``=`` as the string that it is; YAML 1.1 gave it a type of its own."""


yaml.add_constructor("tag:yaml.org,2002:value", lambda _, node: str(node.value), Loader)


INTRODUCTION = """\
# Schemas of custom resources

`<group>/<kind>_<version>.json`, written by `python tools/crd_schemas.py`: strict, without prose and without
the rules in CEL, which only an API server checks. The names are those that kubeconform looks for with
`-schema-location 'tests/charts/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'`.

| project | Go module | files | kinds |
|---|---|---|---|"""


@dataclass(frozen=True)
class Source:
    """A Go module with CustomResourceDefinitions, and the kinds of them that the charts use."""

    project: str
    module: str
    version: str
    files: str
    """Glob inside the module."""
    kinds: tuple[str, ...]
    """``Kind/version``."""
    release: str = ""
    """The project's name of this version, where the module has no tags."""


SOURCES = (
    Source(
        project="Istio",
        module="istio.io/istio",
        version="v0.0.0-20260827124520-eed52ebb66ad",
        release="1.31.0",
        files="manifests/charts/base/files/crd-all.gen.yaml",
        kinds=(
            "AuthorizationPolicy/v1",
            "DestinationRule/v1",
            "EnvoyFilter/v1alpha3",
            "PeerAuthentication/v1",
            "RequestAuthentication/v1",
            "ServiceEntry/v1",
            "Sidecar/v1",
            "Telemetry/v1",
            "VirtualService/v1",
        ),
    ),
    Source(
        project="Gateway API",
        module="sigs.k8s.io/gateway-api",
        version="v1.6.1",
        files="config/crd/standard/gateway.networking.k8s.io_*.yaml",
        kinds=("Gateway/v1", "HTTPRoute/v1"),
    ),
    Source(
        project="cert-manager",
        module="github.com/cert-manager/cert-manager",
        version="v1.21.2",
        files="deploy/crds/cert-manager.io_*.yaml",
        kinds=("Certificate/v1", "Issuer/v1"),
    ),
    Source(
        project="CloudNativePG",
        module="github.com/cloudnative-pg/cloudnative-pg",
        version="v1.30.0",
        files="config/crd/bases/postgresql.cnpg.io_*.yaml",
        kinds=("Cluster/v1", "ScheduledBackup/v1"),
    ),
    Source(
        project="Prometheus Operator",
        module="github.com/prometheus-operator/prometheus-operator",
        version="v0.94.0",
        files="example/prometheus-operator-crd/monitoring.coreos.com_*.yaml",
        kinds=("PodMonitor/v1",),
    ),
)


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Turn a structural OpenAPI schema into a JSON schema that refuses unknown fields.

    Branches of ``anyOf`` and its kin only repeat fields to say which go together; they stay open.
    """
    result = {key: value for key, value in schema.items() if key in VALIDATING}
    keeps_unknown = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if "properties" in schema:
        result["properties"] = {name: strict(each) for name, each in schema["properties"].items()}
        if "additionalProperties" not in schema and not keeps_unknown:
            result["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = strict(schema[key])
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
        result["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get("nullable") and "type" in result:
        result["type"] = [result["type"], "null"]
    return result


def schemas_of(definition: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield kind, version and schema of every version that a definition serves."""
    kind = definition["spec"]["names"]["kind"]
    group = definition["spec"]["group"]
    for version in definition["spec"]["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"] |= {
            "apiVersion": {"const": f"{group}/{version['name']}"},
            "kind": {"const": kind},
            "metadata": METADATA,
        }
        schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
        yield kind, version["name"], schema


def download(source: Source) -> Path:
    """Return the folder of a module in Go's cache; a module that cannot be had is a CalledProcessError."""
    command = ["go", "mod", "download", "-json", f"{source.module}@{source.version}"]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(json.loads(answer)["Dir"])


def write_schemas(source: Source, files: list[Path]) -> list[str]:
    """Write the schemas of a source's kinds; returns the kinds that its files do not define."""
    missing = set(source.kinds)
    for path in files:
        for definition in yaml.load_all(path.read_text(), Loader):
            if (definition or {}).get("kind") != "CustomResourceDefinition":
                continue
            group = definition["spec"]["group"]
            for kind, version, schema in schemas_of(definition):
                if f"{kind}/{version}" in missing:
                    missing.remove(f"{kind}/{version}")
                    target = TARGET / group / f"{kind.lower()}_{version}.json"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    return sorted(missing)


def readme() -> str:
    """Return the page that names the source and version of every schema."""
    rows = [
        f"| {source.project} {source.release or source.version} | `{source.module}@{source.version}` |"
        f" `{source.files}` | {', '.join(source.kinds)} |"
        for source in SOURCES
    ]
    return "\n".join((INTRODUCTION, *rows, ""))


def main() -> int:
    """Write all schemas; returns 1 when a kind is defined nowhere."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--crds", type=Path, metavar="DIR", help="also copy the definitions to DIR")
    arguments = parser.parse_args()
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    code = 0
    for source in SOURCES:
        files = sorted(download(source).glob(source.files))
        for kind in write_schemas(source, files):
            print(f"{source.project} {source.version} defines no {kind}", file=sys.stderr)
            code = 1
        if arguments.crds:
            folder = arguments.crds / source.project.lower().replace(" ", "-")
            folder.mkdir(parents=True, exist_ok=True)
            for path in files:
                shutil.copyfile(path, folder / path.name)
    (TARGET / "README.md").write_text(readme())
    return code


if __name__ == "__main__":
    sys.exit(main())
