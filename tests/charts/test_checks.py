"""The checks of this folder find what they are for: each is shown a render with one fault."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.charts.pod_security import violations
from tests.charts.references import dangling
from tests.charts.rendering import Render, Workload

Spoil = Callable[[dict[str, Any]], object]


def container(owner: dict[str, Any], name: str = "app") -> dict[str, Any]:
    """A container of a Deployment."""
    spec = owner["spec"]["template"]["spec"]
    containers: list[dict[str, Any]] = [*spec.get("initContainers", ()), *spec["containers"]]
    return next(each for each in containers if each["name"] == name)


def context(owner: dict[str, Any]) -> dict[str, Any]:
    """The security context of the app."""
    found: dict[str, Any] = container(owner)["securityContext"]
    return found


def pod(owner: dict[str, Any]) -> dict[str, Any]:
    """The spec of a Deployment's pods."""
    found: dict[str, Any] = owner["spec"]["template"]["spec"]
    return found


INSECURE: dict[str, Spoil] = {
    "hostNetwork is set": lambda it: pod(it).update(hostNetwork=True),
    "volume host is a hostPath": lambda it: pod(it)["volumes"].append(
        {"name": "host", "hostPath": {"path": "/"}}
    ),
    "sysctl kernel.msgmax": lambda it: pod(it)["securityContext"].update(sysctls=[{"name": "kernel.msgmax"}]),
    "privileged": lambda it: context(it).update(privileged=True),
    "allowPrivilegeEscalation is not false": lambda it: context(it).pop("allowPrivilegeEscalation"),
    "not all capabilities are dropped": lambda it: context(it).pop("capabilities"),
    "capabilities ['SYS_ADMIN']": lambda it: context(it)["capabilities"].update(add=["SYS_ADMIN"]),
    "runAsNonRoot is not true": lambda it: context(it).update(runAsNonRoot=False),
    "runs as root": lambda it: context(it).update(runAsUser=0),
    "no seccomp profile": lambda it: context(it).update(seccompProfile={"type": "Unconfined"}),
    "AppArmor is off": lambda it: context(it).update(appArmorProfile={"type": "Unconfined"}),
    "procMount": lambda it: context(it).update(procMount="Unmasked"),
    "a host port": lambda it: container(it)["ports"].append({"containerPort": 1, "hostPort": 1}),
    "SELinux type spc_t": lambda it: context(it).update(seLinuxOptions={"type": "spc_t"}),
    "a probe of another host": lambda it: container(it)["livenessProbe"]["httpGet"].update(host="10.0.0.1"),
}


@pytest.mark.parametrize("found", INSECURE)
def test_a_pod_that_is_not_restricted_is_found(found: str, renders: dict[str, Render]) -> None:
    deployment = copy.deepcopy(renders["bunmart"].get("Deployment", "order"))

    INSECURE[found](deployment)

    named = violations(Workload(deployment, deployment["spec"]["template"]))
    assert [each.rpartition(": ")[2] for each in named] == [found]


def variable(owner: dict[str, Any]) -> dict[str, Any]:
    """Where an app's first variable comes from."""
    found: dict[str, Any] = container(owner)["env"][0]["valueFrom"]["secretKeyRef"]
    return found


DANGLING: tuple[tuple[str, str, str, Spoil, str], ...] = (
    *(
        ("bunmart", "Deployment", "order", spoil, f"Deployment/order{text}")
        for spoil, text in (
            (lambda it: pod(it).update(serviceAccountName="odrer"), ": no ServiceAccount odrer"),
            (lambda it: pod(it).update(imagePullSecrets=[{"name": "pull"}]), ": no Secret pull"),
            (lambda it: container(it)["envFrom"][0]["configMapRef"].update(name="x"), ": no ConfigMap x"),
            (lambda it: variable(it).update(name="x"), ": no Secret x"),
            (lambda it: pod(it)["volumes"].pop(0), ": no volume tmp"),
            (lambda it: container(it)["volumeMounts"].pop(0), ": nothing mounts the volume tmp"),
            (
                lambda it: container(it)["livenessProbe"]["httpGet"].update(port="metrics"),
                "/app: livenessProbe asks metrics, which no container declares",
            ),
        )
    ),
    (
        "bunmart",
        "Service",
        "order",
        lambda it: it["spec"]["ports"][0].update(targetPort="grpcs"),
        "Service/order: no container listens on grpcs",
    ),
    (
        "bunmart",
        "Service",
        "order",
        lambda it: it["spec"]["selector"].update({"app.kubernetes.io/name": "odrer"}),
        "Service/order: selects []",
    ),
    (
        "bunmart",
        "PodDisruptionBudget",
        "order",
        lambda it: it["spec"].update(selector={"matchLabels": {"app": "order"}}),
        "PodDisruptionBudget/order: selects []",
    ),
    (
        "bunmart",
        "NetworkPolicy",
        "order",
        lambda it: it["spec"]["podSelector"]["matchLabels"].update({"app.kubernetes.io/name": "odrer"}),
        "NetworkPolicy/order: names pods odrer, which nobody makes",
    ),
    (
        "bunmart",
        "Role",
        "mesh-certificates",
        lambda it: it["rules"][0]["resourceNames"].append("x"),
        "Role/mesh-certificates: no Secret x",
    ),
    (
        "bunmart/gateway",
        "HorizontalPodAutoscaler",
        "order",
        lambda it: it["spec"]["scaleTargetRef"].update(name="odrer"),
        "HorizontalPodAutoscaler/order: no Deployment odrer",
    ),
    (
        "bunmart/gateway",
        "HorizontalPodAutoscaler",
        "order",
        lambda it: it["spec"]["metrics"][0]["containerResource"].update(container="apps"),
        "HorizontalPodAutoscaler/order: scales on a container apps that order does not have",
    ),
    (
        "bunmart/gateway",
        "PodMonitor",
        "order",
        lambda it: it["spec"]["podMetricsEndpoints"][0].update(port="metric"),
        "PodMonitor/order: not every pod has a port metric",
    ),
    (
        "bunmart/istio-production",
        "PodMonitor",
        "bunmart-istio",
        lambda it: it["spec"]["podMetricsEndpoints"][0].update(port="http"),
        "PodMonitor/bunmart-istio: not every pod has a port http",
    ),
    (
        "bunmart/istio-production",
        "PodMonitor",
        "bunmart-istio",
        lambda it: it["spec"]["selector"].update(matchLabels={"gateway.networking.k8s.io/gateway-name": "x"}),
        "PodMonitor/bunmart-istio: selects no pod",
    ),
    (
        "bunmart/gateway",
        "Gateway",
        "bunmart",
        lambda it: it["spec"]["listeners"][-1]["tls"]["certificateRefs"][0].update(name="x"),
        "Gateway/bunmart: no Secret x",
    ),
    (
        "bunmart/istio-ingress",
        "Ingress",
        "bunmart",
        lambda it: it["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"].update(name="x"),
        "Ingress/bunmart: no Service x with port",
    ),
    (
        "bunmart/dev-istio",
        "VirtualService",
        "order",
        lambda it: it["spec"]["http"][0]["route"][0]["destination"].update(host="odrer"),
        "VirtualService/order: no Service for the host odrer",
    ),
    (
        "bunmart/dev-istio",
        "DestinationRule",
        "order",
        lambda it: it["spec"].update(host="odrer"),
        "DestinationRule/order: no Service for the host odrer",
    ),
    (
        "bunmart/dev-istio",
        "AuthorizationPolicy",
        "order",
        lambda it: it["spec"]["rules"][0]["from"][0]["source"].update(
            principals=["cluster.local/ns/bunmart/sa/x"]
        ),
        "AuthorizationPolicy/order: trusts cluster.local/ns/bunmart/sa/x, but there is no such account",
    ),
)


@pytest.mark.parametrize(
    ("case", "kind", "name", "spoil", "found"), DANGLING, ids=lambda it: it if isinstance(it, str) else ""
)
def test_what_refers_to_nothing_is_found(
    case: str, kind: str, name: str, spoil: Spoil, found: str, renders: dict[str, Render]
) -> None:
    render = renders[case]
    objects = copy.deepcopy(render.objects)
    spoiled = Render(render.namespace, objects, render.values)

    spoil(spoiled.get(kind, name))

    assert any(each.startswith(found) for each in dangling(spoiled)), dangling(spoiled)
