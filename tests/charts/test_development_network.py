"""Who reaches the stand-ins of the platform: the shop, and a developer's browser its pages."""

from typing import Any

import pytest

from tests.charts.rendering import Charts
from tests.mesh.network import Network, Pod

NAMESPACE = "bunmart-dev"
BROWSER = Pod(address="192.0.2.7")
SHOP = Pod({"app.kubernetes.io/name": "order"}, "bunmart")
STRANGER = Pod({}, "default")
RESOLVER = Pod({"k8s-app": "kube-dns"}, "kube-system")
PORTS = (5432, 21210, 21220, 21221)


def pod(name: str) -> Pod:
    """A pod of the chart."""
    keys = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": "development"}
    return Pod(keys, NAMESPACE)


def network(charts: Charts, dns: dict[str, Any] | None = None) -> Network:
    """The policies, with resolvers other than those of the defaults."""
    values = {"networkPolicy": {"dns": dns}} if dns else {}
    return Network(charts.render("development", values).of("NetworkPolicy"), NAMESPACE)


@pytest.mark.parametrize(
    ("source", "name", "wanted"),
    [
        (SHOP, "postgres", {5432}),
        (SHOP, "stripe-emulator", {21210}),
        (SHOP, "mail-catcher", {21220, 21221}),
        *((each, "postgres", set()) for each in (BROWSER, STRANGER)),
        *((each, "stripe-emulator", {21210}) for each in (BROWSER, STRANGER)),
        *((each, "mail-catcher", {21221}) for each in (BROWSER, STRANGER)),
    ],
)
def test_pages_are_open_and_the_rest_is_the_shop_s(
    source: Pod, name: str, wanted: set[int], charts: Charts
) -> None:
    policies = network(charts)
    assert {port for port in PORTS if policies.allows(source, pod(name), port)} == wanted


@pytest.mark.parametrize("name", ["development-secrets", "stripe-emulator"])
def test_names_are_asked_of_the_cluster_s_resolvers(name: str, charts: Charts) -> None:
    policies = network(charts)
    for protocol in ("UDP", "TCP"):
        assert policies.may_open(pod(name), RESOLVER, 53, protocol)
        assert not policies.may_open(pod(name), BROWSER, 53, protocol)


@pytest.mark.parametrize("name", ["development-secrets", "stripe-emulator"])
def test_resolvers_are_where_the_values_say(name: str, charts: Charts) -> None:
    policies = network(
        charts, {"namespaces": ["openshift-dns"], "cidrs": ["169.254.20.10/32"], "ports": [5353]}
    )
    for resolver in (Pod({}, "openshift-dns"), Pod(address="169.254.20.10")):
        assert policies.may_open(pod(name), resolver, 5353, "UDP")
        assert not policies.may_open(pod(name), resolver, 53, "UDP")
    assert not policies.may_open(pod(name), RESOLVER, 53, "UDP")


def test_nobody_else_leaves(charts: Charts) -> None:
    policies = network(charts)
    for name in ("postgres", "mail-catcher"):
        assert not policies.may_open(pod(name), RESOLVER, 53, "UDP")
        assert not policies.may_open(pod(name), BROWSER, 443)
