"""NetworkPolicies evaluated as Kubernetes documents them: what no policy of a selected pod allows is refused."""

import ipaddress
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """One end of a connection: a pod by its labels and namespace, or an address outside the cluster."""

    labels: dict[str, str] = field(default_factory=dict)
    namespace: str = "bunmart"
    address: str | None = None
    """Set for what is no pod."""


class Network:
    """The policies of one namespace."""

    def __init__(self, policies: list[Object], namespace: str = "bunmart") -> None:
        self._policies = [policy["spec"] for policy in policies]
        self._namespace = namespace

    def selecting(self, pod: Pod) -> list[Object]:
        """The policies of a pod."""
        ours = pod.address is None and pod.namespace == self._namespace
        return [spec for spec in self._policies if ours and selects(spec["podSelector"], pod.labels)]

    def allows(self, source: Pod, target: Pod, port: int, protocol: str = "TCP") -> bool:
        """Whether a connection comes about: the source may open it, and the target may accept it."""
        egress = self._open(source, target, "egress", "to", port, protocol)
        return egress and self._open(target, source, "ingress", "from", port, protocol)

    def may_open(self, source: Pod, target: Pod, port: int, protocol: str = "TCP") -> bool:
        """Whether the source's policies let a connection out, whatever the target says."""
        return self._open(source, target, "egress", "to", port, protocol)

    def _open(self, own: Pod, other: Pod, direction: str, side: str, port: int, protocol: str) -> bool:
        policies = [one for one in self.selecting(own) if direction.title() in one["policyTypes"]]
        return not policies or any(
            self._fits(rule, side, other, port, protocol)
            for spec in policies
            for rule in spec.get(direction) or ()
        )

    def _fits(self, rule: Object, side: str, other: Pod, port: int, protocol: str) -> bool:
        ports = [(one.get("protocol", "TCP"), one["port"]) for one in rule.get("ports", ())]
        peers = rule.get(side)
        at_port = "ports" not in rule or (protocol, port) in ports
        return at_port and (peers is None or any(self._is(peer, other) for peer in peers))

    def _is(self, peer: Object, pod: Pod) -> bool:
        if "ipBlock" in peer:
            address = ipaddress.ip_address(pod.address) if pod.address else None
            return address is not None and address in ipaddress.ip_network(peer["ipBlock"]["cidr"])
        if pod.address is not None:
            return False
        if "namespaceSelector" in peer:
            name = {"kubernetes.io/metadata.name": pod.namespace}
            return selects(peer["namespaceSelector"], name) and selects(
                peer.get("podSelector", {}), pod.labels
            )
        return pod.namespace == self._namespace and selects(peer["podSelector"], pod.labels)


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector fits; an empty one fits everything."""
    assert selector.keys() <= {"matchLabels", "matchExpressions"}
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        expression["operator"] == "In" and labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions", ())
    )
