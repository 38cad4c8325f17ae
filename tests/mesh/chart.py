"""The chart ``bunmart`` as Helm renders it, with the values that a test is about."""

from pathlib import Path
from typing import Any

from tests.charts.cases import JWKS
from tests.charts.rendering import Charts, Render, merge

NAMESPACE = "bunmart"
ISTIO: dict[str, Any] = {
    "global": {"mesh": {"provider": "istio"}, "jwt": {"jwks": JWKS}},
    "ingress": {"kind": "gateway"},
}
CONTROLLER = "cluster.local/ns/ingress-nginx/sa/ingress-nginx"
ISTIO_INGRESS = merge(
    ISTIO,
    {
        "ingress": {
            "kind": "ingress",
            "controller": {
                "namespace": "ingress-nginx",
                "principal": CONTROLLER,
                "podLabels": {"app.kubernetes.io/name": "ingress-nginx"},
            },
        }
    },
)


class Bunmart:
    """Renders of the chart, each made once."""

    def __init__(self, folder: Path) -> None:
        self._charts = Charts(folder)
        self._renders: dict[str, Render] = {}

    def __call__(self, values: dict[str, Any], *more: dict[str, Any]) -> Render:
        for one in more:
            values = merge(values, one)
        if (key := repr(values)) not in self._renders:
            self._renders[key] = self._charts.render("bunmart", values)
        return self._renders[key]


def principal(part: str) -> str:
    """Who a part is, in the words of Istio."""
    return f"cluster.local/ns/{NAMESPACE}/sa/{part}"
