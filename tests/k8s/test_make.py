"""The make targets of a cluster hand on what they are given, to the cluster that is meant."""

import os
import shutil
import subprocess

import pytest

from tests.k8s.conftest import ROOT, Programs

ELSEWHERE = "gke_shop_production"
IMAGE = {"Config": {"Labels": {}, "Cmd": ["envoy"]}, "RootFS": {"Layers": ["a"]}}

each_flags = pytest.mark.parametrize(
    ("flags", "handed_on"),
    [
        ("--atomic", "--atomic"),
        ("--set a=b", "--set a=b"),
        ("--values=more.yaml", "--values=more.yaml"),
        ("--set-string 'note=it is late'", "--set-string note=it is late"),
    ],
)


@each_flags
def test_an_install_hands_its_flags_to_helm(programs: Programs, flags: str, handed_on: str) -> None:
    done = programs.make("install", f"INSTALL_FLAGS={flags}")

    assert done.returncode == 0, done.stderr
    (line,) = programs.calls("upgrade --install bunmart")
    assert f" {handed_on} " in line


@each_flags
def test_the_development_parts_hand_their_flags_to_helm(
    programs: Programs, flags: str, handed_on: str
) -> None:
    programs.answer("image inspect", [IMAGE])
    programs.answer("get nodes", {"items": []})
    done = programs.make("cluster-development", f"DEVELOPMENT_FLAGS={flags}")

    assert done.returncode == 0, done.stderr
    (line,) = programs.calls("upgrade --install development")
    assert f" {handed_on} " in line


def test_a_hook_of_skaffold_changes_a_cluster_on_this_machine(programs: Programs) -> None:
    done = programs.make("cluster-namespaces", SKAFFOLD_KUBE_CONTEXT="kind-other")

    assert done.returncode == 0, done.stderr
    assert len(programs.calls("kubectl --context kind-other apply")) == 1


def test_a_hook_of_skaffold_leaves_a_cluster_elsewhere_alone(programs: Programs) -> None:
    done = programs.make("cluster-namespaces", "cluster-development", SKAFFOLD_KUBE_CONTEXT=ELSEWHERE)

    assert done.returncode != 0
    assert f"CONTEXT={ELSEWHERE} skaffold dev" in done.stderr
    assert programs.calls() == []


def test_a_hook_of_skaffold_changes_the_cluster_elsewhere_that_somebody_named(programs: Programs) -> None:
    done = programs.make("cluster-namespaces", SKAFFOLD_KUBE_CONTEXT=ELSEWHERE, CONTEXT=ELSEWHERE)

    assert done.returncode == 0, done.stderr
    assert len(programs.calls(f"kubectl --context {ELSEWHERE} apply")) == 1


def test_the_tests_leave_a_cluster_elsewhere_alone(programs: Programs) -> None:
    programs.answer("config current-context", f"{ELSEWHERE}\n")

    done = programs.make("cluster-test")

    assert done.returncode != 0
    assert f"CONTEXT={ELSEWHERE}" in done.stdout + done.stderr
    assert programs.calls() == ["kubectl config current-context"]


def test_the_tests_treat_the_cluster_badly_that_somebody_named(programs: Programs) -> None:
    programs.answer("list --short --deployed", "bunmart\n")
    programs.answer("get pods", {"kind": "List", "items": []})

    done = programs.make(
        "cluster-test", f"CONTEXT={ELSEWHERE}", "args=-k uninstall", BUNMART_CLUSTER_KEEP="1"
    )

    assert done.returncode == 0, done.stdout
    assert len(programs.calls(f"helm --kube-context {ELSEWHERE} -n bunmart uninstall bunmart")) == 1
    assert [line for line in programs.calls() if f"context {ELSEWHERE}" not in line] == []


@pytest.mark.parametrize("target", ["install", "cluster-test", "cluster-upgrade-test"])
def test_what_installs_the_chart_packs_it_first(target: str) -> None:
    make = shutil.which("make", path=os.defpath)
    assert make
    rules = subprocess.run((make, "-npq"), cwd=ROOT, capture_output=True, text=True, check=False).stdout
    (rule,) = (line for line in rules.splitlines() if line.startswith(f"{target}:"))

    assert "charts" in rule.split()
