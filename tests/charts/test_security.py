"""What a pod may do, what it is given, and how it ends; in every render."""

import base64
from collections.abc import Callable, Iterator

import pytest

from tests.charts.cases import CASES, SECRET_URL, Case
from tests.charts.known import has_port
from tests.charts.pod_security import violations
from tests.charts.rendering import Manifest, Render, Workload

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

APP_PORTS = {8000, 9090, "http", "grpc"}
"""Plaintext ports of the applications; with Envoy they are on loopback, where kubelet cannot reach them."""
WITH_TOKEN = {"mesh-certificates"}
"""Those who talk to the API server; each has a Role of its own."""


def uses_envoy(render: Render) -> bool:
    """Whether the sidecars of a render are ours; Istio's are injected later."""
    return any(each["name"] == "sidecar" for workload in render.workloads for each in workload.containers)


def containers(render: Render) -> Iterator[tuple[Workload, Manifest]]:
    """Yield every container with its workload."""
    for workload in render.workloads:
        for container in workload.containers:
            yield workload, container


def names(render: Render, broken: Callable[[Manifest], bool]) -> list[str]:
    """Name the containers for which something is true."""
    return [f"{workload.name}/{each['name']}" for workload, each in containers(render) if broken(each)]


@cases
def test_every_pod_meets_the_restricted_standard(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]

    assert render.workloads or render.of("Cluster")
    assert [text for each in render.workloads for text in violations(each)] == []


@cases
def test_only_sidecars_and_the_edge_see_a_mesh_certificate(case: Case, renders: dict[str, Render]) -> None:
    for workload in renders[case.name].workloads:
        volumes = {
            each["name"]
            for each in workload.spec.get("volumes", ())
            if each.get("secret", {}).get("secretName", "").endswith("-mesh-tls")
        }
        mounts = {
            (container["name"], mount["mountPath"], mount.get("readOnly"))
            for container in workload.containers
            for mount in container.get("volumeMounts", ())
            if mount["name"] in volumes
        }

        assert mounts <= {("sidecar", "/etc/envoy-tls", True), ("envoy", "/etc/envoy-tls", True)}, (
            workload.name
        )


@cases
def test_a_certificate_is_that_of_the_pods_account(case: Case, renders: dict[str, Render]) -> None:
    for workload in renders[case.name].workloads:
        secrets = [each.get("secret", {}).get("secretName", "") for each in workload.spec.get("volumes", ())]

        mesh = [name for name in secrets if name.endswith("-mesh-tls")]

        assert mesh in ([], [f"{workload.spec.get('serviceAccountName')}-mesh-tls"]), workload.name


@cases
def test_only_those_with_a_role_get_a_token(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]
    bound = {subject["name"] for each in render.of("RoleBinding") for subject in each["subjects"]}
    accounts = {each["metadata"]["name"]: each for each in render.of("ServiceAccount")}
    for workload in render.workloads:
        account = workload.spec.get("serviceAccountName", "default")
        mounted = workload.spec.get(
            "automountServiceAccountToken",
            accounts.get(account, {}).get("automountServiceAccountToken", True),
        )

        assert mounted == (account in bound), workload.name


@cases
def test_a_role_names_what_it_is_for(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]

    assert render.of("ClusterRole", "ClusterRoleBinding") == []
    for role in render.of("Role"):
        for rule in role["rules"]:
            assert rule.get("resourceNames"), role["metadata"]["name"]
            assert "*" not in (*rule["verbs"], *rule["resources"], *rule["apiGroups"])
            assert {"list", "watch", "create", "delete", "escalate", "bind"}.isdisjoint(rule["verbs"])


@cases
def test_no_image_is_of_a_tag_that_moves(case: Case, renders: dict[str, Render]) -> None:
    def moves(container: Manifest) -> bool:
        image = container["image"].partition("@")
        tag = image[0].rpartition("/")[2].partition(":")[2]
        return not image[2] and tag in {"", "latest"}

    assert names(renders[case.name], moves) == []


@cases
def test_every_container_has_requests_and_a_limit_of_memory(case: Case, renders: dict[str, Render]) -> None:
    def unlimited(container: Manifest) -> bool:
        resources = container.get("resources", {})
        return not (
            {"cpu", "memory"} <= resources.get("requests", {}).keys()
            and "memory" in resources.get("limits", {})
        )

    assert names(renders[case.name], unlimited) == []


@cases
def test_roots_are_read_only(case: Case, renders: dict[str, Render]) -> None:
    def writable(container: Manifest) -> bool:
        return container["securityContext"].get("readOnlyRootFilesystem") is not True

    writing = names(renders[case.name], writable)

    if case.name.partition("/")[2].startswith("dev"):
        writing = [each for each in writing if not each.endswith("/app")]
    assert writing == []


@cases
def test_a_pod_has_the_time_to_end_that_its_containers_take(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]
    settings = {each["metadata"]["name"]: each.get("data", {}) for each in render.of("ConfigMap")}
    for workload, container in containers(render):
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        mine = settings.get(f"{workload.owner['metadata']['name']}-settings", {})
        drain = float(mine.get("BUNMART_DRAIN_SECONDS", 0)) + float(mine.get("BUNMART_GRACE_SECONDS", 0))
        if container["name"] == "app" and workload.is_long_lived and case.chart == "bunmart":
            assert drain > 0, workload.name
            assert sleep > 0, workload.name

        assert sleep + drain <= workload.spec.get("terminationGracePeriodSeconds", 30), workload.name


@cases
def test_with_envoy_kubelet_asks_the_sidecar(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]
    asked = containers(render) if uses_envoy(render) else ()

    for workload, container in asked:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            for handler in container.get(probe, {}).values():
                port = handler.get("port") if isinstance(handler, dict) else None
                assert container["name"] != "app" or port not in APP_PORTS, f"{workload.name} {probe}"


@cases
def test_every_app_has_three_probes(case: Case, renders: dict[str, Render]) -> None:
    def unasked(container: Manifest) -> bool:
        return container["name"] in {"app", "envoy"} and not (
            {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
        )

    assert names(renders[case.name], unasked) == []


@cases
def test_a_sidecar_is_native_and_a_job_has_none(case: Case, renders: dict[str, Render]) -> None:
    for workload in renders[case.name].workloads:
        initial = {each["name"]: each for each in workload.spec.get("initContainers", ())}
        if "sidecar" in initial:
            assert initial["sidecar"].get("restartPolicy") == "Always", workload.name
        assert "sidecar" not in {each["name"] for each in workload.spec["containers"]}, workload.name
        if workload.owner["kind"] in {"Job", "CronJob"}:
            assert workload.labels.get("sidecar.istio.io/inject") == "false" or initial, workload.name


@cases
def test_with_envoy_a_service_leads_only_to_mutual_tls(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]
    services = render.of("Service") if uses_envoy(render) else ()

    for service in services:
        name = service["metadata"]["name"]
        if any(has_port(each, 15006) and each.owner["metadata"]["name"] == name for each in render.workloads):
            targets = {each.get("targetPort", each["port"]) for each in service["spec"]["ports"]}
            assert targets <= {"mesh", 15006}, name


@cases
def test_every_port_of_a_service_says_its_protocol(case: Case, renders: dict[str, Render]) -> None:
    unnamed = [
        f"{service['metadata']['name']}:{port['port']}"
        for service in renders[case.name].of("Service")
        for port in service["spec"]["ports"]
        if "name" not in port or "appProtocol" not in port
    ]

    assert unnamed == []


def secret_values(render: Render) -> set[str]:
    """The texts in Secrets."""
    plain = [text for each in render.of("Secret") for text in (each.get("stringData") or {}).values()]
    encoded = [text for each in render.of("Secret") for text in (each.get("data") or {}).values()]
    return {text for text in [*plain, *(base64.b64decode(each).decode() for each in encoded)] if text}


def test_a_database_url_in_the_values_is_a_secret(renders: dict[str, Render]) -> None:
    assert SECRET_URL in secret_values(renders["bunmart/bare"])


@cases
def test_what_is_secret_stands_in_secrets_alone(case: Case, renders: dict[str, Render]) -> None:
    render = renders[case.name]
    public = [str(each) for each in render.objects if each["kind"] != "Secret"]

    assert [text for text in secret_values(render) if any(text in each for each in public)] == []
    assert "PRIVATE KEY" not in str(render.of("ConfigMap"))
