"""Every object is one that Kubernetes, or the definition of its custom resource, accepts."""

import json
import shutil
import subprocess
from pathlib import Path

import helm_python
import kubernetes_validate
import pytest

from tests.charts.cases import CASES, Case
from tests.charts.golden import dump
from tests.charts.rendering import Charts, Render
from tests.charts.validation import (
    NEWEST,
    SCHEMAS,
    VERSIONS,
    builtin_schema,
    builtin_schema_name,
    custom_schema,
    definitions,
    problems,
)

INFO = 1
"""Helm's severity of advice; warnings and errors are above it."""

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@cases
def test_helm_finds_nothing_to_lint(case: Case, charts: Charts) -> None:
    report = helm_python.lint(charts.folder / case.chart, case.values, strict=True)

    assert report["errors"] == []
    assert [each for each in report["messages"] if each["severity"] > INFO] == []


@pytest.mark.parametrize("version", VERSIONS)
@cases
def test_every_object_is_valid(case: Case, version: str, renders: dict[str, Render]) -> None:
    found = [text for each in renders[case.name].objects for text in problems(each, version)]

    assert found == []


@pytest.mark.parametrize("version", [VERSIONS[0], NEWEST])
def test_kubernetes_validate_itself_agrees(version: str, renders: dict[str, Render]) -> None:
    """It takes a tenth of a second an object, hence one of each kind."""
    objects = [each for case in CASES for each in renders[case.name].objects]
    kinds = {(each["apiVersion"], each["kind"]): each for each in objects}

    for (api_version, kind), manifest in kinds.items():
        if not custom_schema(api_version, kind).exists():
            kubernetes_validate.validate(manifest, version, strict=True)


def test_the_versions_begin_with_the_oldest_that_the_charts_support() -> None:
    assert VERSIONS[0].startswith("1.30.")
    assert len(VERSIONS) >= len(range(30, 35))


def test_a_typo_in_an_object_is_found() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "order"}, "spec": {"portz": []}}

    assert problems(service, NEWEST) == [
        "Service/order at spec: Additional properties are not allowed ('portz' was unexpected)"
    ]


def test_a_typo_in_a_custom_resource_is_found() -> None:
    policy = {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "default"},
        "spec": {"mtls": {"mode": "STRICTER"}, "selectors": {}},
    }

    assert sorted(problems(policy), key=len) == [
        "PeerAuthentication/default at spec: Additional properties are not allowed ('selectors' was unexpected)",
        'PeerAuthentication/default at spec.mtls.mode: "STRICTER" is not one of "UNSET", "DISABLE" or 2 other candidates',
    ]


def test_an_unknown_kind_is_found() -> None:
    wasm = {"apiVersion": "extensions.istio.io/v1alpha1", "kind": "WasmPlugin", "metadata": {"name": "any"}}

    assert problems(wasm) == [f"WasmPlugin/any: {NEWEST} has no extensions.istio.io/v1alpha1 WasmPlugin"]


def test_the_schemas_are_those_of_the_kinds_in_use(renders: dict[str, Render]) -> None:
    used = {
        custom_schema(each["apiVersion"], each["kind"])
        for case in CASES
        for each in renders[case.name].objects
    }

    assert set(SCHEMAS.glob("*/*.json")) - used == set()


@pytest.mark.parametrize("version", [VERSIONS[0], NEWEST])
def test_kubeconform_accepts_every_object(version: str, renders: dict[str, Render], tmp_path: Path) -> None:
    kubeconform = shutil.which("kubeconform")
    if not kubeconform:
        pytest.skip("kubeconform is not on PATH")
    for case in CASES:
        (tmp_path / f"{case.name.replace('/', '-')}.yaml").write_text(dump(*renders[case.name].objects))
    kinds = {(each["apiVersion"], each["kind"]) for case in CASES for each in renders[case.name].objects}
    builtin = write_builtin_schemas(tmp_path / "schemas", version, kinds)
    custom = f"{SCHEMAS}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json"

    done = subprocess.run(
        [
            kubeconform,
            "-strict",
            "-schema-location",
            builtin,
            "-schema-location",
            custom,
            *tmp_path.glob("*.yaml"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def write_builtin_schemas(folder: Path, version: str, kinds: set[tuple[str, str]]) -> str:
    """Lay out kubernetes-validate's schemas so that kubeconform needs no network; returns their template."""
    folder.mkdir()
    shared = folder / "_definitions.json"
    shared.write_text(json.dumps(definitions(version) | {"$id": f"file://{shared}"}))
    for api_version, kind in kinds:
        if not custom_schema(api_version, kind).exists():
            schema = json.dumps(builtin_schema(api_version, kind, version))
            text = schema.replace('"/api/_definitions.json', f'"file://{shared}')
            (folder / builtin_schema_name(api_version, kind)).write_text(text)
    return f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
