"""The network lets pods of the release talk as the call policy says. Evaluated here; no plugin enforces it."""

from typing import Any

import pytest
from bunmart_mesh.policy import Policy

from tests.charts.known import PARTS, SERVICES
from tests.charts.rendering import Render
from tests.mesh.chart import ISTIO, ISTIO_INGRESS, Bunmart
from tests.mesh.network import Network, Pod

ENVOY: dict[str, Any] = {"seed": {"enabled": True}}
APPS = (*SERVICES, "bff")
PROVIDERS = {"envoy": ENVOY, "istio": ISTIO}
INTERNET = Pod(address="203.0.113.7")
PRIVATE = Pod(address="10.1.2.3")
ANYBODY = Pod({"app": "browser"}, "default")
RESOLVER = Pod({"k8s-app": "kube-dns"}, "kube-system")
NODE_CACHE = Pod(address="169.254.20.10")
GATEWAY = Pod({"gateway.networking.k8s.io/gateway-name": "bunmart"})
MESH, GRPC, HTTP = 15006, 9090, 8000
INTERESTING = (80, 443, 5432, 8000, 8080, 9090, 15000, 15001, 15006, 15020, 15021)


def part(name: str) -> Pod:
    return Pod(labels(name, {"bff": "bff", "edge": "edge"}.get(name, "service")))


def labels(name: str, component: str) -> dict[str, str]:
    keys = {"name": name, "instance": "bunmart", "component": component, "part-of": "bunmart"}
    return {f"app.kubernetes.io/{key}": value for key, value in keys.items()}


MIGRATION = Pod(labels("order-migrate", "migration"))
CERTIFICATES = Pod(labels("mesh-certificates", "certificates"))
SEED = Pod(labels("seed", "seed"))
TEST = Pod(labels("mesh-test", "test"))


def asking(values: dict[str, Any]) -> list[Pod]:
    """Whoever asks for names, with these values."""
    own = [GATEWAY] if values is ISTIO else [part("edge"), CERTIFICATES]
    return [*(part(name) for name in APPS), MIGRATION, SEED, TEST, *own]


def network(render: Render) -> Network:
    return Network(render.of("NetworkPolicy"))


def open_ports(policies: Network, source: Pod, target: Pod) -> set[int]:
    return {port for port in INTERESTING if policies.allows(source, target, port)}


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_every_pod_of_the_release_is_governed(bunmart: Bunmart, values: dict[str, Any]) -> None:
    render = bunmart(values, {"seed": {"enabled": True}})
    policies = network(render)
    for workload in render.workloads:
        governing = policies.selecting(Pod(workload.labels))
        assert {kind for spec in governing for kind in spec["policyTypes"]} == {"Ingress", "Egress"}
        # The default and its own.
        assert len(governing) == 2, workload.name


def test_with_envoy_parts_reach_the_sidecars_of_their_callees_and_nothing_else(
    bunmart: Bunmart, policy: Policy
) -> None:
    policies = network(bunmart(ENVOY))
    for caller in PARTS:
        for callee in PARTS:
            if callee not in (caller, "edge"):
                wanted = {MESH} if callee in policy.callees(caller) else set()
                assert open_ports(policies, part(caller), part(callee)) == wanted, (caller, callee)


def test_with_istio_parts_reach_the_ports_that_they_may_call(bunmart: Bunmart, policy: Policy) -> None:
    policies = network(bunmart(ISTIO))
    for caller in APPS:
        for callee in APPS:
            if caller != callee:
                wanted = {GRPC} if callee in policy.callees(caller) else set()
                wanted |= {HTTP} if policy.rest_calls(caller, callee) else set()
                assert open_ports(policies, part(caller), part(callee)) == wanted, (caller, callee)


def test_the_edge_takes_everybody_and_leads_to_its_parts_only(bunmart: Bunmart) -> None:
    policies = network(bunmart(ENVOY))
    for source in (ANYBODY, INTERNET, SEED, TEST):
        assert open_ports(policies, source, part("edge")) == {8080}
    for name in APPS:
        assert open_ports(policies, part("edge"), part(name)) == {MESH}
        for source in (ANYBODY, INTERNET, SEED, GATEWAY):
            assert not open_ports(policies, source, part(name))
    assert not policies.may_open(part("edge"), INTERNET, 443)


def test_a_controller_before_the_edge_keeps_everybody_else_out(bunmart: Bunmart) -> None:
    behind = {"ingress": {**ISTIO_INGRESS["ingress"], "className": "nginx"}}
    policies = network(bunmart(ENVOY, behind))
    nginx = Pod({"app.kubernetes.io/name": "ingress-nginx"}, "ingress-nginx")
    assert open_ports(policies, nginx, part("edge")) == {8080}
    for source in (ANYBODY, INTERNET, Pod({}, "ingress-nginx"), part("bff")):
        assert not open_ports(policies, source, part("edge"))
    assert open_ports(policies, SEED, part("edge")) == {8080}


def test_istio_s_gateway_takes_everybody_and_leads_to_its_parts_only(bunmart: Bunmart) -> None:
    policies = network(bunmart(ISTIO))
    for source in (ANYBODY, INTERNET, TEST):
        assert open_ports(policies, source, GATEWAY) - {15021} == {80, 443}
    for name in APPS:
        assert open_ports(policies, GATEWAY, part(name)) == {HTTP}
        assert not open_ports(policies, ANYBODY, part(name))


def test_a_controller_of_istio_s_mesh_leads_to_the_parts(bunmart: Bunmart) -> None:
    policies = network(bunmart(ISTIO_INGRESS))
    nginx = Pod({"app.kubernetes.io/name": "ingress-nginx"}, "ingress-nginx")
    assert open_ports(policies, nginx, part("order")) == {HTTP}
    assert not open_ports(policies, Pod({}, "ingress-nginx"), part("order"))
    assert not open_ports(policies, GATEWAY, part("order"))


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_helm_s_tests_reach_what_the_bff_reaches(
    bunmart: Bunmart, policy: Policy, values: dict[str, Any]
) -> None:
    policies = network(bunmart(values))
    for name in APPS:
        expected = open_ports(policies, part("bff"), part(name)) if name != "bff" else set()
        assert open_ports(policies, TEST, part(name)) == expected
        assert bool(expected) is (name in policy.callees("bff"))
        assert not open_ports(policies, part(name), TEST)


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_prometheus_scrapes_and_nobody_else(bunmart: Bunmart, values: dict[str, Any]) -> None:
    policies = network(bunmart(values))
    scraped = [part(name) for name in APPS] + ([GATEWAY] if values is ISTIO else [part("edge")])
    for pod in scraped:
        assert policies.allows(Pod({}, "monitoring"), pod, 15020)
        assert not policies.allows(ANYBODY, pod, 15020)
        assert not policies.allows(Pod({}, "monitoring"), pod, MESH)


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_databases_are_for_services_and_their_migrations(bunmart: Bunmart, values: dict[str, Any]) -> None:
    own = Pod({"cnpg.io/cluster": "order"})
    elsewhere = Pod({}, "postgres")
    named = {"global": {"networkPolicy": {"egress": {"database": {"namespaces": ["postgres"]}}}}}
    policies = network(bunmart(values, named))
    for pod in (part("order"), part("user"), MIGRATION):
        for database in (own, elsewhere, PRIVATE):
            assert policies.allows(pod, database, 5432)
        assert not policies.allows(pod, INTERNET, 5432)
        assert not policies.allows(pod, Pod({}, "kube-system"), 5432)
    for pod in (part("bff"), part("edge"), SEED, TEST, CERTIFICATES):
        assert not policies.may_open(pod, own, 5432)
    assert not policies.may_open(MIGRATION, own, MESH)


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_only_payment_and_notification_leave_the_cluster(bunmart: Bunmart, values: dict[str, Any]) -> None:
    policies = network(bunmart(values))
    leaving = {
        (name, port)
        for name in PARTS
        for port in (25, 80, 443, 465, 587, 6443, 8080)
        if policies.may_open(part(name), INTERNET, port)
    }
    assert leaving == {("payment", 443), ("notification", 465), ("notification", 587)}


def test_in_development_even_those_stay_inside(bunmart: Bunmart) -> None:
    inside: dict[str, Any] = {"namespaces": ["bunmart-dev"], "cidrs": [], "ports": [21210]}
    policies = network(bunmart({"global": {"networkPolicy": {"egress": {"stripe": inside, "mail": inside}}}}))
    emulator = Pod({}, "bunmart-dev")
    for name in ("payment", "notification"):
        assert policies.may_open(part(name), emulator, 21210)
        assert not policies.may_open(part(name), INTERNET, 443)
    assert not policies.may_open(part("order"), emulator, 21210)


def test_without_any_destination_there_is_no_rule(bunmart: Bunmart) -> None:
    nowhere: dict[str, Any] = {"namespaces": [], "cidrs": []}
    purposes = dict.fromkeys(("database", "stripe", "mail", "telemetry", "kubernetesApi"), nowhere)
    render = bunmart({"global": {"networkPolicy": {"egress": purposes}}})
    for policy in render.of("NetworkPolicy"):
        assert all(rule["to"] for rule in policy["spec"]["egress"])
    assert network(render).may_open(part("order"), Pod({"cnpg.io/cluster": "order"}), 5432)


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_everybody_may_ask_the_cluster_s_resolvers_for_names(
    bunmart: Bunmart, values: dict[str, Any]
) -> None:
    policies = network(bunmart(values, {"seed": {"enabled": True}}))
    for pod in asking(values):
        for protocol in ("UDP", "TCP"):
            assert policies.allows(pod, RESOLVER, 53, protocol)
            for other in (INTERNET, PRIVATE, NODE_CACHE, ANYBODY):
                assert not policies.may_open(pod, other, 53, protocol)
        assert not policies.may_open(pod, RESOLVER, 5353, "UDP")


@pytest.mark.parametrize("values", PROVIDERS.values(), ids=PROVIDERS)
def test_resolvers_are_where_the_values_say(bunmart: Bunmart, values: dict[str, Any]) -> None:
    there = {"namespaces": ["openshift-dns"], "cidrs": ["169.254.20.10/32"], "ports": [53, 5353]}
    named = {"global": {"networkPolicy": {"egress": {"dns": there}}}}
    policies = network(bunmart(values, {"seed": {"enabled": True}}, named))
    for pod in asking(values):
        for resolver in (Pod({}, "openshift-dns"), NODE_CACHE):
            assert {port for port in (53, 5353, 443) if policies.allows(pod, resolver, port, "UDP")} == {
                53,
                5353,
            }
        assert not policies.may_open(pod, RESOLVER, 53, "UDP")
        assert not policies.may_open(pod, INTERNET, 5353, "UDP")


def test_only_the_certificates_job_reaches_the_kubernetes_api(bunmart: Bunmart) -> None:
    policies = network(bunmart(ENVOY))
    api = Pod(address="192.0.2.1")
    assert policies.may_open(CERTIFICATES, api, 6443)
    others = [part(name) for name in PARTS] + [MIGRATION, SEED, TEST]
    assert not [pod for pod in others if policies.may_open(pod, api, 6443)]


def test_istio_s_proxies_reach_istiod(bunmart: Bunmart) -> None:
    policies = network(bunmart(ISTIO))
    istiod = Pod({"app": "istiod"}, "istio-system")
    for pod in (*(part(name) for name in APPS), GATEWAY, TEST):
        assert policies.may_open(pod, istiod, 15012)
    assert not policies.may_open(MIGRATION, istiod, 15012)


def test_a_part_may_be_left_alone(bunmart: Bunmart) -> None:
    policies = network(bunmart({"order": {"networkPolicy": {"enabled": False}}}))
    assert open_ports(policies, ANYBODY, part("order")) == set(INTERESTING)
    assert policies.may_open(part("order"), INTERNET, 443)
    assert not open_ports(policies, ANYBODY, part("cart"))


def test_a_part_may_be_the_only_one(bunmart: Bunmart) -> None:
    values = {"global": {"networkPolicy": {"enabled": False}}, "order": {"networkPolicy": {"enabled": True}}}
    render = bunmart(values)
    assert render.names("NetworkPolicy") == {"order"}
    assert open_ports(network(render), part("cart"), part("order")) == {MESH}


def test_switched_off_there_are_none(bunmart: Bunmart) -> None:
    assert not bunmart({"global": {"networkPolicy": {"enabled": False}}}).of("NetworkPolicy")
