"""Names that a pod refers to."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.charts.known import Known
from tests.charts.rendering import Manifest, Workload


class Reference(NamedTuple):
    """Something that kubelet needs before it starts a container."""

    kind: str
    name: str
    key: str | None = None
    optional: bool = False


def of_pod(workload: Workload, known: Known) -> Iterator[str]:
    """Say what the pods of a workload name that does not exist."""
    references = [Reference("ServiceAccount", workload.spec.get("serviceAccountName", "default"))]
    references += [Reference("Secret", each["name"]) for each in workload.spec.get("imagePullSecrets", ())]
    references += [each for volume in workload.spec.get("volumes", ()) for each in _of_volume(volume)]
    references += [each for container in workload.containers for each in _of_environment(container)]
    for kind, name, key, optional in references:
        if not optional and not known.exists(kind, name):
            yield f"{workload.name}: no {kind} {name}"
        elif key is not None and not known.has_key(kind, name, key):
            yield f"{workload.name}: {kind} {name} has no key {key}"
    yield from _of_volumes(workload)
    for container in workload.containers:
        for text in _of_probes(container, workload):
            yield f"{workload.name}/{container['name']}: {text}"


def _of_volume(volume: Manifest) -> Iterator[Reference]:
    for source in (volume, *volume.get("projected", {}).get("sources", ())):
        for field, kind, key in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            if field in source:
                body = source[field]
                for item in body.get("items", ({"key": None},)):
                    yield Reference(
                        kind, str(body.get(key) or body.get("name")), item["key"], body.get("optional", False)
                    )
    if "persistentVolumeClaim" in volume:
        yield Reference("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])


def _of_environment(container: Manifest) -> Iterator[Reference]:
    kinds = (("configMap", "ConfigMap"), ("secret", "Secret"))
    for source in container.get("envFrom", ()):
        for field, kind in kinds:
            if body := source.get(f"{field}Ref"):
                yield Reference(kind, body["name"], None, body.get("optional", False))
    for variable in container.get("env", ()):
        for field, kind in kinds:
            if body := variable.get("valueFrom", {}).get(f"{field}KeyRef"):
                yield Reference(kind, body["name"], body["key"], body.get("optional", False))


def _of_volumes(workload: Workload) -> Iterator[str]:
    volumes = [each["name"] for each in workload.spec.get("volumes", ())]
    claimed = {each["metadata"]["name"] for each in workload.owner["spec"].get("volumeClaimTemplates", ())}
    mounted = {mount["name"] for each in workload.containers for mount in each.get("volumeMounts", ())}
    yield from (f"{workload.name}: no volume {name}" for name in sorted(mounted - set(volumes) - claimed))
    yield from (
        f"{workload.name}: nothing mounts the volume {name}" for name in sorted(set(volumes) - mounted)
    )
    containers = [each["name"] for each in workload.containers]
    if len(set(containers)) != len(containers) or len(set(volumes)) != len(volumes):
        yield f"{workload.name}: two containers or two volumes of one name"


def _of_probes(container: Manifest, workload: Workload) -> Iterator[str]:
    """Kubelet looks for a port's name in the container itself; a number may be that of its sidecar."""
    names = {each.get("name") for each in container.get("ports", ())}
    numbers = {each["containerPort"] for sibling in workload.containers for each in sibling.get("ports", ())}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        for handler in ("httpGet", "tcpSocket", "grpc"):
            port = container.get(probe, {}).get(handler, {}).get("port")
            if port is not None and port not in names | numbers:
                yield f"{probe} asks {port}, which no container declares"
