"""The tools behind the make targets of a cluster."""

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.k8s.conftest import Programs
from tools import release
from tools.cluster import forward, kind, namespaces, upgrade
from tools.cluster.commands import Target, ToolError, require, run
from tools.cluster.images import content_tag, load

IMAGE = "bunmart/envoy:dev"


def described(labels: dict[str, str], layers: list[str]) -> list[object]:
    return [{"Config": {"Labels": labels, "Cmd": ["envoy"]}, "RootFS": {"Layers": layers}}]


def nodes(*names: list[str] | None) -> dict[str, object]:
    return {"items": [{"status": {"images": [{"names": each} for each in names]}}]}


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolError, match="not on PATH: no-such-program"):
        require("python3", "no-such-program")


def test_the_current_context_is_used_when_it_is_on_this_machine(programs: Programs) -> None:
    assert Target.choose("") == Target("kind-bunmart")


def test_a_context_elsewhere_has_to_be_named(programs: Programs) -> None:
    programs.answer("config current-context", "gke_shop_production\n")

    with pytest.raises(ToolError, match="CONTEXT=gke_shop_production"):
        Target.choose("")
    assert Target.choose("gke_shop_production") == Target("gke_shop_production")


def test_a_context_of_skaffold_is_used_when_it_is_on_this_machine(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKAFFOLD_KUBE_CONTEXT", "kind-other")

    assert Target.choose("") == Target("kind-other")


def test_a_context_of_skaffold_elsewhere_has_to_be_named(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKAFFOLD_KUBE_CONTEXT", "gke_shop_production")

    with pytest.raises(ToolError, match="CONTEXT=gke_shop_production skaffold dev"):
        Target.choose("")
    assert Target.choose("gke_shop_production") == Target("gke_shop_production")


def test_a_named_context_that_is_not_where_skaffold_deploys_is_refused(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKAFFOLD_KUBE_CONTEXT", "gke_shop_production")

    with pytest.raises(ToolError, match="CONTEXT is kind-bunmart, but SKAFFOLD_KUBE_CONTEXT is gke_shop"):
        Target.choose("kind-bunmart")


def test_a_content_tag_ignores_the_labels_of_a_commit(programs: Programs) -> None:
    programs.answer("image inspect", described({"revision": "1"}, ["a"]))
    before = content_tag(IMAGE)
    programs.answer("image inspect", described({"revision": "2"}, ["a"]))
    same = content_tag(IMAGE)
    programs.answer("image inspect", described({"revision": "2"}, ["b"]))

    assert before == same
    assert content_tag(IMAGE) != same
    assert before.startswith("dev-")


def test_an_image_is_loaded_unless_every_node_has_it(programs: Programs) -> None:
    programs.answer("image inspect", described({}, ["a"]))
    programs.answer("get nodes", nodes(None, ["docker.io/bunmart/envoy:dev"]))
    tags = load(Target("kind-bunmart"), [IMAGE])
    assert len(programs.calls("kind load docker-image --name bunmart")) == 1

    programs.answer(
        "get nodes", nodes([f"docker.io/bunmart/envoy:{tags[IMAGE]}", "docker.io/bunmart/envoy:dev"])
    )
    load(Target("kind-bunmart"), [IMAGE])
    assert len(programs.calls("kind load docker-image")) == 1


def test_a_tag_that_moved_away_is_loaded_again(programs: Programs) -> None:
    programs.answer("image inspect", described({}, ["a"]))
    tag = content_tag(IMAGE)
    programs.answer("get nodes", nodes([f"docker.io/bunmart/envoy:{tag}"], ["docker.io/bunmart/envoy:dev"]))

    load(Target("kind-bunmart"), [IMAGE])

    assert len(programs.calls("kind load docker-image")) == 1


@pytest.mark.parametrize(
    ("provider", "cni", "own"),
    [("envoy", True, "envoy"), ("istio", True, "istio"), ("istio", False, "istio-init")],
)
def test_the_namespaces_of_a_provider(provider: str, cni: bool, own: str) -> None:
    assert [path.stem for path in namespaces.files(provider, cni=cni)] == ["common", own]


@pytest.mark.parametrize("own", ["envoy", "istio", "istio-init"])
def test_a_namespace_tells_its_pod_security_level(own: str) -> None:
    documents = [
        document
        for name in ("common", own)
        for document in yaml.safe_load_all((namespaces.FOLDER / f"{name}.yaml").read_text())
    ]
    levels = {
        each["metadata"]["name"]: each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for each in documents
    }

    assert levels == {
        "bunmart": "privileged" if own == "istio-init" else "restricted",
        "bunmart-dev": "restricted",
        "monitoring": "baseline",
    }


def test_a_kind_cluster_has_the_workers_that_were_asked_for() -> None:
    roles = [node["role"] for node in yaml.safe_load(kind.config(2))["nodes"]]

    assert roles == ["control-plane", "worker", "worker"]


def test_a_kind_cluster_is_made_once(programs: Programs) -> None:
    programs.answer("get nodes --name bunmart", "bunmart-control-plane\n")
    kind.up("bunmart", 0, "")
    programs.answer("get clusters", "bunmart\n")
    kind.up("bunmart", 0, "")

    assert len(programs.calls("kind create cluster")) == 1
    assert len(programs.calls("cp /dev/stdin /etc/containerd/certs.d/localhost:5001/hosts.toml")) == 2


def test_the_network_of_a_kind_cluster_is_not_throttled(programs: Programs) -> None:
    kind.up("bunmart", 0, "")
    assert programs.calls("patch") == []

    programs.answer("get daemonset/kindnet", "daemonset.apps/kindnet\n")
    kind.up("bunmart", 0, "")
    (patch,) = programs.calls("--namespace kube-system patch daemonset/kindnet")
    assert '{"name": "kindnet-cni", "resources": {"limits": null}}' in patch


@pytest.mark.parametrize("provider", ["envoy", "istio"])
def test_no_two_forwards_share_a_port(provider: str) -> None:
    ports = [local for _, _, local, _ in forward.forwards(provider)]

    assert len(set(ports)) == len(ports)


def test_charts_and_project_have_one_version() -> None:
    project = tomllib.loads((release.ROOT / "pyproject.toml").read_text())["project"]

    release.check(project["version"])


def test_another_version_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"charts/bunmart/Chart\.yaml"):
        release.check("99.0.0")


def test_the_digests_of_pushed_images_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "images").mkdir()
    noted = {"image.name": "localhost:5001/bunmart/order:0.1.0", "containerimage.digest": "sha256:abc"}
    (tmp_path / "images" / "order.json").write_text(json.dumps(noted))
    monkeypatch.setattr(release, "DIST", tmp_path)

    release.images("")

    assert (tmp_path / "images.txt").read_text() == "localhost:5001/bunmart/order@sha256:abc\n"


def test_each_image_and_chart_is_signed_in_a_time_of_its_own(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (
        "registry/bunmart/order@sha256:a",
        "registry/bunmart/cart@sha256:b",
        "registry/charts/bunmart@sha256:c",
    )
    (tmp_path / "images.txt").write_text(f"{names[0]}\n{names[1]}\n")
    (tmp_path / "charts.txt").write_text(f"{names[2]}\n")
    monkeypatch.setattr(release, "DIST", tmp_path)

    release.sign("")

    assert programs.calls("cosign") == [f"cosign sign --yes {name}" for name in names]


def test_the_last_release_is_the_newest_before_this_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("git", "init", "-q")
    with pytest.raises(ToolError, match="HEAD"):
        upgrade.last_release()

    commit("one")
    commit("two")
    assert upgrade.last_release() == ""

    for tag in ("v0.9.0", "v0.10.0-rc.1", "v0.10.0", "other"):
        run("git", "tag", tag)
    commit("three")
    run("git", "tag", "v0.11.0")
    assert upgrade.last_release() == "v0.10.0"


def commit(message: str) -> None:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    run("git", *author, "commit", "-q", "--allow-empty", "-m", message)
