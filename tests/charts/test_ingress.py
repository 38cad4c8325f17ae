"""Settings of the ingress that nothing would read, or that cert-manager would pass by, are refused."""

import json
from typing import Any

import pytest

from tests.charts.overrides import Path, Refusal
from tests.charts.rendering import Charts, Render, merge
from tests.mesh.chart import ISTIO, ISTIO_INGRESS

HOSTS = ["shop.example.com"]
SECRET = {"secretName": "shop-tls"}
ENVOY_GATEWAY = {"ingress": {"kind": "gateway", "className": "nginx"}}
ENVOY_INGRESS = {"ingress": {"kind": "ingress"}}
READERS: dict[str, dict[str, Any]] = {
    "envoy, Gateway API": ENVOY_GATEWAY,
    "envoy, Ingress": ENVOY_INGRESS,
    "istio, Gateway API": ISTIO,
    "istio, Ingress": ISTIO_INGRESS,
}
"""Those with an object that names hosts and certificates."""
UNREAD: tuple[tuple[dict[str, Any], Path], ...] = (
    ({"className": "nginx"}, ("className",)),
    ({"hosts": HOSTS}, ("hosts",)),
    ({"annotations": {"a": "b"}}, ("annotations",)),
    ({"tls": SECRET}, ("tls", "secretName")),
    ({"tls": {**SECRET, "issuer": "shop"}}, ("tls", "issuer")),
    ({"tls": {**SECRET, "clusterIssuer": "public"}}, ("tls", "clusterIssuer")),
)
each_reader = pytest.mark.parametrize("values", READERS.values(), ids=READERS)
each_issuer = pytest.mark.parametrize("issuer", ["issuer", "clusterIssuer"])


def refused(charts: Charts, values: dict[str, Any], ingress: dict[str, Any]) -> set[Path]:
    """Where the schema finds something wrong, below ``ingress``."""
    found = Refusal(charts.load("bunmart"), merge(values, {"ingress": ingress})).paths
    assert {path[0] for path in found} <= {"ingress"}
    return {path[1:] for path in found}


@pytest.mark.parametrize("kind", ["edge", "none"])
@pytest.mark.parametrize(
    ("ingress", "path"), UNREAD, ids=lambda it: ".".join(it) if isinstance(it, tuple) else ""
)
def test_what_only_a_gateway_or_an_ingress_reads_is_refused_without(
    kind: str, ingress: dict[str, Any], path: Path, charts: Charts
) -> None:
    assert path in refused(charts, {"ingress": {"kind": kind}}, ingress)


@pytest.mark.parametrize(
    ("ingress", "path"), UNREAD, ids=lambda it: ".".join(it) if isinstance(it, tuple) else ""
)
def test_the_default_kind_is_no_exception(ingress: dict[str, Any], path: Path, charts: Charts) -> None:
    assert path in refused(charts, {}, ingress)


def test_istio_s_gateway_has_its_class_elsewhere(charts: Charts) -> None:
    assert refused(charts, ISTIO, {"className": "nginx"}) == {("className",)}
    assert not refused(charts, ISTIO_INGRESS, {"className": "nginx"})


@each_reader
@each_issuer
def test_an_issuer_needs_the_name_of_a_secret(values: dict[str, Any], issuer: str, charts: Charts) -> None:
    assert ("tls", "secretName") in refused(charts, values, {"hosts": HOSTS, "tls": {issuer: "shop"}})


@each_reader
@each_issuer
def test_an_issuer_needs_hosts(values: dict[str, Any], issuer: str, charts: Charts) -> None:
    assert ("hosts",) in refused(charts, values, {"tls": {**SECRET, issuer: "shop"}})


@each_reader
def test_a_certificate_has_one_issuer(values: dict[str, Any], charts: Charts) -> None:
    both = {**SECRET, "issuer": "shop", "clusterIssuer": "public"}
    assert ("tls",) in refused(charts, values, {"hosts": HOSTS, "tls": both})


def front(render: Render) -> dict[str, Any]:
    """The Gateway or the Ingress."""
    (found,) = render.of("Gateway", "Ingress")
    return found


@each_reader
@each_issuer
def test_what_is_accepted_is_rendered(values: dict[str, Any], issuer: str, charts: Charts) -> None:
    ingress = {"hosts": HOSTS, "annotations": {"a": "b"}, "tls": {**SECRET, issuer: "shop"}}

    found = front(charts.render("bunmart", merge(values, {"ingress": ingress})))

    name = {"issuer": "issuer", "clusterIssuer": "cluster-issuer"}[issuer]
    annotations = found["metadata"]["annotations"]
    annotations.pop("proxy.istio.io/config", None)
    assert annotations == {"a": "b", f"cert-manager.io/{name}": "shop"}
    assert "shop.example.com" in str(found["spec"])
    assert "shop-tls" in str(found["spec"])


@each_reader
def test_a_certificate_of_one_s_own_needs_no_hosts(values: dict[str, Any], charts: Charts) -> None:
    assert "shop-tls" in str(front(charts.render("bunmart", merge(values, {"ingress": {"tls": SECRET}}))))


@pytest.mark.parametrize(("annotations", "seconds"), [({}, "25s"), ({"a": "b"}, "25s"), (None, "60s")])
def test_istio_s_gateway_drains_longer_than_a_request_may_take(
    annotations: dict[str, str] | None, seconds: str, charts: Charts
) -> None:
    key = "proxy.istio.io/config"
    given = {key: json.dumps({"terminationDrainDuration": "60s"})} if annotations is None else annotations

    found = front(charts.render("bunmart", merge(ISTIO, {"ingress": {"annotations": given}})))

    assert json.loads(found["metadata"]["annotations"][key]) == {"terminationDrainDuration": seconds}


@pytest.mark.parametrize("values", [ENVOY_GATEWAY, ENVOY_INGRESS, ISTIO_INGRESS])
def test_only_istio_s_own_gateway_is_told_how_to_drain(values: dict[str, Any], charts: Charts) -> None:
    assert "proxy.istio.io/config" not in str(front(charts.render("bunmart", values)))


def test_certificates_are_renewed_also_by_a_cluster_that_slept_at_that_hour(charts: Charts) -> None:
    (renewal,) = charts.render("bunmart", {}).of("CronJob")
    minute, hour, *rest = renewal["spec"]["schedule"].split()

    assert (minute.isdigit(), hour.isdigit(), rest) == (True, True, ["*", "*", "*"])
    assert renewal["spec"]["startingDeadlineSeconds"] > 24 * 3600
