"""AuthorizationPolicies evaluated as Istio's documentation says: whatever no ALLOW policy grants is denied."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Asking:
    """A request as a sidecar sees it."""

    principal: str
    port: int
    method: str
    path: str


class Authorization:
    """What the AuthorizationPolicies of a namespace make of a request to a workload.

    Knows the fields that our policies use, and refuses to judge a policy that has others.
    """

    def __init__(self, policies: list[Object]) -> None:
        self._policies = [policy["spec"] for policy in policies if "targetRefs" not in policy["spec"]]
        for spec in self._policies:
            assert spec.keys() <= {"selector", "action", "rules"}
            assert spec.get("action", "ALLOW") == "ALLOW"

    def selecting(self, labels: dict[str, str]) -> Iterator[Object]:
        """The policies of a workload."""
        for spec in self._policies:
            wanted = spec.get("selector", {}).get("matchLabels", {})
            if wanted.items() <= labels.items():
                yield spec

    def allows(self, labels: dict[str, str], asking: Asking) -> bool:
        """Whether the workload with these labels answers."""
        policies = list(self.selecting(labels))
        assert policies, "without any policy Istio allows everything"
        return any(_fits(rule, asking) for spec in policies for rule in spec.get("rules", ()))


def _fits(rule: Object, asking: Asking) -> bool:
    assert rule.keys() == {"from", "to"}
    principals = [name for source in rule["from"] for name in source["source"]["principals"]]
    return asking.principal in principals and any(_permits(to["operation"], asking) for to in rule["to"])


def _permits(operation: Object, asking: Asking) -> bool:
    assert operation.keys() <= {"ports", "methods", "paths"}
    return (
        str(asking.port) in operation["ports"]
        and asking.method in operation.get("methods", [asking.method])
        and any(_matches(path, asking.path) for path in operation["paths"])
    )


def _matches(pattern: str, path: str) -> bool:
    assert not pattern.startswith("*")
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
