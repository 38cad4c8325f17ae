"""Prometheus is told of every pod that answers people, and traces go to the collector that ``k8s/`` installs."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.charts.known import PARTS
from tests.charts.rendering import ROOT, Charts, Render, merge
from tests.mesh.chart import ISTIO, ISTIO_INGRESS

MONITORED: dict[str, Any] = {"global": {"podMonitor": {"enabled": True, "labels": {"release": "prometheus"}}}}
GATEWAY = "bunmart-istio"


def endpoints(render: Render, name: str) -> list[dict[str, Any]]:
    """What Prometheus asks the pods of a PodMonitor for."""
    return list(render.get("PodMonitor", name)["spec"]["podMetricsEndpoints"])


def test_with_envoy_every_part_has_a_monitor(charts: Charts) -> None:
    assert charts.render("bunmart", MONITORED).names("PodMonitor") == set(PARTS)


def test_of_envoy_only_what_it_has_counted_is_scraped(charts: Charts) -> None:
    render = charts.render("bunmart", MONITORED)
    envoy = {"port": "metrics", "path": "/stats/prometheus", "params": {"usedonly": [""]}, "interval": "15s"}

    assert endpoints(render, "order") == [{"port": "metrics", "path": "/metrics", "interval": "15s"}, envoy]
    assert endpoints(render, "edge") == [envoy]


def test_istio_s_gateway_has_a_monitor_too(charts: Charts) -> None:
    render = charts.render("bunmart", merge(ISTIO, MONITORED))

    assert render.names("PodMonitor") == {*PARTS, GATEWAY} - {"edge"}
    monitor = render.get("PodMonitor", GATEWAY)
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["selector"] == {
        "matchLabels": {"gateway.networking.k8s.io/gateway-name": "bunmart"}
    }
    assert endpoints(render, GATEWAY) == [{"port": "metrics", "path": "/stats/prometheus", "interval": "15s"}]


@pytest.mark.parametrize(
    "values",
    [
        ISTIO,
        merge(ISTIO_INGRESS, MONITORED),
        merge(merge(ISTIO, MONITORED), {"ingress": {"gateway": {"podMonitor": {"enabled": False}}}}),
    ],
    ids=["nobody asked", "no gateway", "its own switch"],
)
def test_the_gateway_has_none_otherwise(values: dict[str, Any], charts: Charts) -> None:
    assert GATEWAY not in charts.render("bunmart", values).names("PodMonitor")


def test_the_gateway_may_be_the_only_one(charts: Charts) -> None:
    alone = merge(ISTIO, {"ingress": {"gateway": {"podMonitor": {"enabled": True}}}})
    assert charts.render("bunmart", alone).names("PodMonitor") == {GATEWAY}


def test_traces_go_to_the_collector_that_is_installed(renders: dict[str, Render]) -> None:
    prerequisites = yaml.safe_load((ROOT / "k8s" / "prerequisites.yaml").read_text())
    (collector,) = (each for each in prerequisites if each["name"] == "opentelemetry-collector")
    values = yaml.safe_load((ROOT / "k8s" / "values" / collector["values"]).read_text())

    settings = renders["bunmart/istio-production"].get("ConfigMap", "order-settings")["data"]

    address = urlsplit(settings["OTEL_EXPORTER_OTLP_ENDPOINT"])
    assert address.hostname == f"{values['fullnameOverride']}.{collector['namespace']}.svc"
    assert address.port == 4317
