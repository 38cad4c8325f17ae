"""The list of what a cluster needs, and the tool that installs it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.conftest import Programs
from tools.cluster.commands import Target, ToolError
from tools.cluster.prerequisites import LIST, VALUES, Prerequisite, bring, choose, read, with_settings

CONTEXT = Target("kind-bunmart")


def names(*words: str, cni: bool = True) -> list[str]:
    return [entry.name for entry in choose(read(), set(words), cni=cni)]


def installed(programs: Programs) -> list[str]:
    words = [line.split() for line in programs.calls("helm") if " upgrade --install " in line]
    return [line[line.index("--install") + 1] for line in words]


def only(name: str) -> list[Prerequisite]:
    return [entry for entry in read() if entry.name == name]


def applied(programs: Programs) -> list[str]:
    return programs.calls(
        "apply --server-side --field-manager=bunmart -f https://github.com/kubernetes-sigs/"
    )


def gateways(version: str, *managers: str) -> dict[str, Any]:
    """The CRD as ``kubectl get`` knows it, after these have applied it in this version."""
    annotation = "gateway.networking.k8s.io/bundle-version"
    owned: dict[str, Any] = {"f:metadata": {"f:annotations": {".": {}, f"f:{annotation}": {}}}, "f:spec": {}}
    fields = [{"manager": each, "operation": "Apply", "fieldsV1": owned} for each in managers]
    # The API server notes what it has set by itself, which is no owner of the version.
    fields.append({"manager": "kube-apiserver", "operation": "Update", "fieldsV1": {"f:status": {}}})
    return {"metadata": {"annotations": {annotation: version}, "managedFields": fields}}


@pytest.mark.parametrize("entry", read(), ids=lambda entry: entry.name)
def test_every_entry_is_pinned(entry: Prerequisite) -> None:
    assert entry.version
    if entry.manifest:
        assert f"/{entry.version}/" in entry.address
        assert entry.annotation
    else:
        assert entry.namespace
        assert (VALUES / entry.values).is_file()
        assert entry.chart.startswith("oci://") != entry.repository.startswith("https://")


def test_plain_envoy_needs_nothing() -> None:
    assert names("envoy") == []


def test_istio_comes_after_what_it_stands_on() -> None:
    assert names("istio") == ["gateway-api", "istio-base", "istio-cni", "istiod"]


def test_cert_manager_comes_after_the_gateways_that_it_looks_after() -> None:
    values = yaml.safe_load((VALUES / "cert-manager.yaml").read_text())

    assert values["config"]["enableGatewayAPI"] is True
    assert names("envoy", "cert-manager") == ["gateway-api", "cert-manager"]
    assert names("envoy", "observability", "cert-manager", "cloudnative-pg")[:2] == [
        "gateway-api",
        "cert-manager",
    ]


def test_istio_without_its_cni_plugin() -> None:
    assert names("istio", cni=False) == ["gateway-api", "istio-base", "istiod"]
    (istiod,) = (entry for entry in read() if entry.name == "istiod")
    values = yaml.safe_load((VALUES / istiod.values).read_text())

    assert values["cni"]["enabled"] is True
    assert with_settings(values, istiod.settings(cni=False))["cni"]["enabled"] is False


def test_a_word_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ToolError, match="unknown: cert-manger"):
        names("envoy", "cert-manger")


def deployed(entry: Prerequisite) -> dict[str, str]:
    """A release as ``helm list`` tells of it."""
    return {
        "name": entry.name,
        "namespace": entry.namespace,
        "status": "deployed",
        "chart": entry.chart_label,
    }


def test_an_empty_cluster_gets_all(programs: Programs) -> None:
    bring(CONTEXT, choose(read(), {"istio"}, cni=True), cni=True)

    assert installed(programs) == ["istio-base", "istio-cni", "istiod"]
    assert len(applied(programs)) == 1


def test_what_is_there_with_its_values_is_left_alone(programs: Programs) -> None:
    (entry,) = entries = only("cert-manager")
    release = deployed(entry)
    programs.answer(" list ", [release])
    programs.answer(" get values ", yaml.safe_load((VALUES / entry.values).read_text()))

    bring(CONTEXT, entries, cni=True)

    assert installed(programs) == []


@pytest.mark.parametrize(("key", "other"), [("chart", "cert-manager-v1.0.0"), ("status", "failed")])
def test_another_version_or_a_failed_release_is_upgraded(programs: Programs, key: str, other: str) -> None:
    (entry,) = entries = only("cert-manager")
    release = deployed(entry)
    programs.answer(" list ", [{**release, key: other}])

    bring(CONTEXT, entries, cni=True)

    assert installed(programs) == ["cert-manager"]


def test_other_values_are_upgraded(programs: Programs) -> None:
    (entry,) = entries = only("cert-manager")
    release = deployed(entry)
    programs.answer(" list ", [release])
    programs.answer(" get values ", {"crds": {"enabled": False}})

    bring(CONTEXT, entries, cni=True)

    assert installed(programs) == ["cert-manager"]


def test_what_somebody_else_installed_is_left_alone(programs: Programs) -> None:
    programs.answer(
        "get crd/certificates.cert-manager.io", "customresourcedefinition/certificates.cert-manager.io\n"
    )

    bring(CONTEXT, only("cert-manager"), cni=True)

    assert installed(programs) == []


@pytest.mark.parametrize(
    ("version", "managers", "count"),
    [
        ("v1.5.9", ["bunmart"], 1),
        ("v1.10.0", ["bunmart"], 0),
        ("v1.6.1-dev", ["bunmart"], 0),
        ("v1.6.1", ["bunmart"], 0),
        ("v1.5.9", ["kubectl"], 0),
        ("v1.5.9", ["bunmart", "kubectl"], 0),
        ("v1.5.9", [], 0),
    ],
)
def test_a_manifest_replaces_an_earlier_version_that_is_ours(
    programs: Programs, version: str, managers: list[str], count: int
) -> None:
    programs.answer("get crd/gateways.gateway.networking.k8s.io", gateways(version, *managers))
    (entry,) = only("gateway-api")

    bring(CONTEXT, [replace(entry, version="v1.6.1")], cni=True)

    assert len(applied(programs)) == count


def test_every_values_file_has_its_entry_or_its_reader() -> None:
    others = {"debug.yaml", "kubeadm-drain.yaml"}
    listed = {entry["values"] for entry in yaml.safe_load(LIST.read_text()) if "values" in entry}

    assert {path.name for path in Path(VALUES).glob("*.yaml")} == listed | others
