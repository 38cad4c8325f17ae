"""The make targets of a cluster hand on what they are given, to the cluster that is meant."""

import pytest

from tests.k8s.conftest import Programs

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
