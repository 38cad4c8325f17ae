"""What the tests render: every example, every chart's defaults, and switches that no example turns."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import helm_python

from tests.charts.rendering import CHARTS, NAMES, merge

JWKS = json.dumps(
    {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "alg": "ES256",
                "use": "sig",
                "kid": "one",
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            }
        ]
    }
)
"""A public key, the one of RFC 7517's first example."""


@dataclass(frozen=True)
class Case:
    """A chart with values."""

    name: str
    """``bunmart/dev``, ``development``."""
    files: tuple[Path, ...] = ()
    given: dict[str, Any] = field(default_factory=dict, hash=False)
    """Values over those of the files."""

    @property
    def chart(self) -> str:
        """The chart's name."""
        return self.name.partition("/")[0]

    @property
    def values(self) -> dict[str, Any]:
        """All values, and the public keys that a chart else looks up in its cluster."""
        values = self.given
        for path in reversed(self.files):
            values = merge(helm_python.values_from_yaml(path.read_text()), values)
        if values.get("global", {}).get("mesh", {}).get("provider") == "istio":
            values = merge({"global": {"jwt": {"jwks": JWKS}}}, values)
        return values


def _example(path: Path) -> Case:
    """An example with the file below it: dev-istio.yaml is laid over dev.yaml."""
    below = path.with_stem(path.stem.partition("-")[0])
    files = (below, path) if below != path and below.exists() else (path,)
    return Case(f"{path.parents[1].name}/{path.stem}", files)


EXAMPLES = tuple(
    _example(path) for name in NAMES for path in sorted((CHARTS / name / "examples").glob("*.yaml"))
)
SECRET_URL = "postgresql://order:very-secret@db.example:5432/order"
SWITCHES = (
    Case(
        "service/alone",
        given={"global": {"mesh": {"provider": "istio"}}, "database": {"secretName": "order-database"}},
    ),
    Case(
        "bunmart/issuer",
        given={
            "global": {"mesh": {"certificates": {"provider": "cert-manager"}}},
            "certificates": {"createIssuer": True},
        },
    ),
    Case(
        "bunmart/gateway",
        given={
            "global": {"autoscaling": {"enabled": True}, "podMonitor": {"enabled": True}},
            "ingress": {
                "kind": "gateway",
                "className": "nginx",
                "hosts": ["shop.example.com"],
                "tls": {"secretName": "shop-tls"},
            },
            "seed": {"enabled": True},
        },
    ),
    Case(
        "bunmart/istio-ingress",
        given={
            "global": {"mesh": {"provider": "istio"}, "podMonitor": {"enabled": True}},
            "ingress": {
                "kind": "ingress",
                "className": "nginx",
                "controller": {"namespace": "nginx", "principal": "cluster.local/ns/nginx/sa/nginx"},
            },
        },
    ),
    Case(
        "bunmart/bare",
        given={
            "global": {
                "migration": {"enabled": False},
                "networkPolicy": {"enabled": False},
                "podDisruptionBudget": {"enabled": False},
            },
            "ingress": {"kind": "none"},
            "order": {"database": {"url": SECRET_URL}},
        },
    ),
)
CASES = (*EXAMPLES, *(Case(name) for name in NAMES if name != "service"), *SWITCHES)
"""charts/service has no defaults that render alone: its parent brings the configuration of Envoy."""
