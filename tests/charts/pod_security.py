"""The Pod Security Standard "restricted", control by control.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Callable, Iterator
from typing import Any

from tests.charts.rendering import Manifest, Workload

VOLUMES = frozenset(
    {
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected"),
        "secret",
    }
)
SYSCTLS = frozenset(
    {
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
        *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
        *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
        *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    }
)
SECCOMP = frozenset({"RuntimeDefault", "Localhost"})


def violations(workload: Workload) -> list[str]:
    """Say which controls the pods of a workload break."""
    pod = [f"{workload.name}: {text}" for text in _of_pod(workload.spec)]
    return pod + [
        f"{workload.name}/{container['name']}: {text}"
        for container in workload.containers
        for control in _CONTROLS
        for text in control(workload.spec.get("securityContext", {}), container)
    ]


def _of_pod(spec: Manifest) -> Iterator[str]:
    yield from (f"{key} is set" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key))
    context = spec.get("securityContext", {})
    yield from _selinux_and_windows(context)
    if context.get("appArmorProfile", {}).get("type") == "Unconfined":
        yield "AppArmor is off"
    for sysctl in context.get("sysctls", ()):
        if sysctl["name"] not in SYSCTLS:
            yield f"sysctl {sysctl['name']}"
    for volume in spec.get("volumes", ()):
        for kind in volume.keys() - {"name"} - VOLUMES:
            yield f"volume {volume['name']} is a {kind}"


def _selinux_and_windows(context: Manifest) -> Iterator[str]:
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "a Windows host process"
    options = context.get("seLinuxOptions", {})
    if options.get("user") or options.get("role"):
        yield "SELinux user or role"
    if options.get("type", "") not in {
        "",
        "container_t",
        "container_init_t",
        "container_kvm_t",
        "container_engine_t",
    }:
        yield f"SELinux type {options['type']}"


def _privileges(_: Manifest, container: Manifest) -> Iterator[str]:
    context = container.get("securityContext", {})
    yield from _selinux_and_windows(context)
    if context.get("privileged"):
        yield "privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if context.get("procMount", "Default") != "Default":
        yield "procMount"
    if context.get("appArmorProfile", {}).get("type") == "Unconfined":
        yield "AppArmor is off"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield "a host port"


def _capabilities(_: Manifest, container: Manifest) -> Iterator[str]:
    capabilities = container.get("securityContext", {}).get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()):
        yield "not all capabilities are dropped"
    if extra := set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield f"capabilities {sorted(extra)}"


def _user(pod: Manifest, container: Manifest) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot is not true"
    if context.get("runAsUser", pod.get("runAsUser")) == 0:
        yield "runs as root"


def _seccomp(pod: Manifest, container: Manifest) -> Iterator[str]:
    profile = container.get("securityContext", {}).get("seccompProfile", pod.get("seccompProfile", {}))
    if profile.get("type") not in SECCOMP:
        yield "no seccomp profile"


def _handlers(_: Manifest, container: Manifest) -> Iterator[str]:
    probes: list[Any] = [container.get(key) for key in ("startupProbe", "livenessProbe", "readinessProbe")]
    lifecycle = container.get("lifecycle", {})
    for handler in filter(None, (*probes, lifecycle.get("postStart"), lifecycle.get("preStop"))):
        if any(handler.get(key, {}).get("host") for key in ("httpGet", "tcpSocket")):
            yield "a probe of another host"


_CONTROLS: tuple[Callable[[Manifest, Manifest], Iterator[str]], ...] = (
    _privileges,
    _capabilities,
    _user,
    _seccomp,
    _handlers,
)
