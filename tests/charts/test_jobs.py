"""The Jobs as the charts render them: their arguments, their objects and no more rights than they need."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("lightkube", reason="the Jobs need the extra `cluster` of bunmart-dev")

from bunmart_dev.cluster_secrets.__main__ import main as fill_secrets
from bunmart_dev.postgres import Postgres, temporary
from bunmart_mesh.issuer.__main__ import main as issue_certificates

from tests.charts.known import PARTS
from tests.charts.rendering import Charts, Render
from tests.support.kubernetes_support import FakeApiServer, start

Deploy = Callable[[Render], FakeApiServer]


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    return Charts(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with temporary() as server:
        yield server


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """``deploy(render)``: an API server with the objects of a render, which grants what its Roles grant."""
    running = []

    def deploy(render: Render) -> FakeApiServer:
        api = FakeApiServer()
        for plural, kind in (("secrets", "Secret"), ("configmaps", "ConfigMap")):
            for each in render.of(kind):
                namespace = each["metadata"].get("namespace", render.namespace)
                api.add(namespace, plural, each["metadata"]["name"], each.get("data"))
        api.allowed = {
            (role["metadata"].get("namespace", render.namespace), resource, name)
            for role in render.of("Role")
            for rule in role["rules"]
            for resource in rule["resources"]
            for name in rule["resourceNames"]
        }
        running.append(start(api, tmp_path / "kubeconfig", render.namespace))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        return api

    yield deploy
    for each in running:
        each.shutdown()
        each.server_close()


def arguments(render: Render, job: str, module: str) -> list[str]:
    """What a Job passes to ``python -m module``."""
    [container] = next(each for each in render.workloads if each.name.startswith(f"Job/{job}-")).containers
    command = [*container["command"], *container["args"]]
    assert command[:3] == ["python", "-m", module]
    return command[3:]


def granted(render: Render) -> set[tuple[str, ...]]:
    return {tuple(sorted(rule["verbs"])) for role in render.of("Role") for rule in role["rules"]}


async def test_the_secrets_of_a_development_cluster(charts: Charts, deploy: Deploy, server: Postgres) -> None:
    render = charts.render("development")
    api = deploy(render)
    api.set_secret("bunmart-dev", "postgres-admin", {"password": server.password("postgres").encode()})
    command = [
        f"--postgres=127.0.0.1:{server.port}" if each.startswith("--postgres=") else each
        for each in arguments(render, "development-secrets", "bunmart_dev.cluster_secrets")
    ]

    assert await asyncio.to_thread(fill_secrets, command) == 0

    assert {key for _, key in api.requests} == api.allowed
    assert granted(render) == {("get", "patch")}
    assert all(held.get("data") for held in api.objects.values())


def test_the_certificates_of_a_release(charts: Charts, deploy: Deploy) -> None:
    render = charts.render("bunmart")
    api = deploy(render)

    assert issue_certificates(arguments(render, "mesh-certificates", "bunmart_mesh.issuer")) == 0

    assert {key for _, key in api.requests} == api.allowed
    assert granted(render) == {("get", "patch")}
    parts = [each["metadata"]["name"] for each in render.of("Deployment")]
    for part in parts:
        assert set(api.secret("bunmart", f"{part}-mesh-tls")) == {"ca.crt", "tls.crt", "tls.key"}
    assert set(parts) == set(PARTS)
