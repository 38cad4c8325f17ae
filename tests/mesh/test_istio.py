"""Istio's resources grant what the call policy grants, and repeat only what may be repeated."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import Policy

from tests.charts.known import PARTS, SERVICES
from tests.charts.rendering import Render
from tests.mesh.authorization import Asking, Authorization
from tests.mesh.chart import CONTROLLER, ISTIO, ISTIO_INGRESS, Bunmart, principal

CALLED = (*SERVICES, "bff")
HEALTH = "/grpc.health.v1.Health/Check"
GATEWAY = principal("bunmart-istio")
NOT_ACTED_ON = {"connect-failure", "refused-stream", "reset-before-request", "retriable-headers"}
ISTIO_KINDS = [
    "PeerAuthentication",
    "AuthorizationPolicy",
    "RequestAuthentication",
    "DestinationRule",
    "VirtualService",
    "Sidecar",
    "ServiceEntry",
    "Telemetry",
    "EnvoyFilter",
    "Gateway",
    "HTTPRoute",
]


@pytest.fixture(scope="session")
def istio(bunmart: Bunmart) -> Render:
    return bunmart(ISTIO)


@pytest.fixture(scope="session")
def authorization(istio: Render) -> Authorization:
    return Authorization(istio.of("AuthorizationPolicy"))


def labels(part: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": part, "app.kubernetes.io/instance": "bunmart"}


def grants(render: Render, *, port: int) -> Counter[tuple[str, str, str, str]]:
    """Principal, callee, method and path, as often as stated."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for policy in render.of("AuthorizationPolicy"):
        for rule in policy["spec"].get("rules", ()) if "selector" in policy["spec"] else ():
            for operation in (to["operation"] for to in rule["to"]):
                if operation["ports"] == [str(port)]:
                    for caller in (
                        name for source in rule["from"] for name in source["source"]["principals"]
                    ):
                        for method in operation.get("methods", ["*"]):
                            found.update(
                                (caller, policy["metadata"]["name"], method, path)
                                for path in operation["paths"]
                            )
    return found


def both(path: str) -> list[str]:
    return [path.removesuffix("/*"), path] if path.endswith("/*") else [path]


def test_every_granted_rpc_is_allowed_once_and_nothing_else(istio: Render, policy: Policy) -> None:
    stated = Counter(
        (principal(call.caller), call.callee, "POST", rpc.path)
        for call in policy.grpc
        for rpc in policy.rpcs(call.caller, call.callee)
    )
    health = Counter((principal(call.caller), call.callee, "POST", HEALTH) for call in policy.calls)
    assert grants(istio, port=9090) == stated + Counter(set(health))


def test_every_granted_route_is_allowed_once_and_nothing_else(istio: Render, policy: Policy) -> None:
    stated = Counter(
        (principal(call.caller), call.callee, method, path)
        for call in policy.rest
        for method in call.methods
        for pattern in call.paths
        for path in both(pattern)
    )
    ingress = Counter(
        (GATEWAY, entry.part, "*", path) for entry in policy.ingress for path in both(f"{entry.prefix}/*")
    )
    assert grants(istio, port=8000) == stated + ingress


def test_of_all_pairs_of_all_rpcs_exactly_the_granted_ones_pass(
    authorization: Authorization, policy: Policy
) -> None:
    everybody = {name: principal(name) for name in PARTS} | {"gateway": GATEWAY}
    passed = {
        (caller, callee, rpc.name)
        for callee in SERVICES
        for rpc in contract_of(callee).rpcs
        for caller, who in everybody.items()
        for port in (9090, 8000)
        if authorization.allows(labels(callee), Asking(who, port, "POST", rpc.path))
    }
    assert passed == {(call.caller, call.callee, rpc) for call in policy.grpc for rpc in call.rpcs}


@pytest.mark.parametrize(
    "who", ["", "cluster.local/ns/elsewhere/sa/cart", "other.domain/ns/bunmart/sa/cart", principal("default")]
)
def test_nobody_else_is_let_in(authorization: Authorization, policy: Policy, who: str) -> None:
    for callee in SERVICES:
        for rpc in contract_of(callee).rpcs:
            assert not authorization.allows(labels(callee), Asking(who, 9090, "POST", rpc.path))
    for entry in policy.ingress:
        assert not authorization.allows(labels(entry.part), Asking(who, 8000, "GET", entry.prefix))


@pytest.mark.parametrize(
    ("part", "method", "path", "allowed"),
    [
        ("order", "GET", "/api/orders", True),
        ("order", "GET", "/api/orders/7", True),
        ("order", "GET", "/api/ordersx", False),
        ("order", "POST", "/api/orders", False),
        ("order", "GET", "/api/ops/order", False),
        ("order", "GET", "/schema/openapi.json", True),
        ("order", "GET", "/schema/openapi.json/x", False),
        ("cart", "GET", "/api/carts", False),
    ],
)
def test_the_bff_reads_what_the_policy_says(
    authorization: Authorization, part: str, method: str, path: str, allowed: bool
) -> None:
    asking = Asking(principal("bff"), 8000, method, path)
    assert authorization.allows(labels(part), asking) is allowed


@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/schema/openapi.json", "/api/usersx", "/"])
def test_the_gateway_reaches_nothing_but_the_prefixes(authorization: Authorization, path: str) -> None:
    for part in CALLED:
        assert not authorization.allows(labels(part), Asking(GATEWAY, 8000, "GET", path))


def test_every_workload_is_denied_by_default_and_speaks_mutual_tls(istio: Render) -> None:
    assert istio.get("AuthorizationPolicy", "default-deny")["spec"] == {}
    assert istio.get("PeerAuthentication", "default")["spec"] == {"mtls": {"mode": "STRICT"}}
    assert {one["metadata"]["namespace"] for one in istio.of(*ISTIO_KINDS)} == {"bunmart"}


def test_an_ingress_controller_comes_in_by_its_own_identity(bunmart: Bunmart, policy: Policy) -> None:
    granted = grants(bunmart(ISTIO_INGRESS), port=8000)
    from_outside = {(part, path) for who, part, _, path in granted if who == CONTROLLER}
    assert from_outside == {
        (entry.part, path) for entry in policy.ingress for path in both(f"{entry.prefix}/*")
    }
    assert GATEWAY not in {who for who, *_ in granted}


def test_without_an_ingress_nobody_comes_in(bunmart: Bunmart) -> None:
    render = bunmart(ISTIO, {"ingress": {"kind": "none"}})
    assert {who for who, *_ in grants(render, port=8000)} == {principal("bff")}
    assert not render.of("Gateway", "HTTPRoute")
    assert render.names("EnvoyFilter") == {"sidecars"}


def routes(render: Render) -> Iterator[tuple[str, dict[str, Any]]]:
    for service in render.of("VirtualService"):
        for route in service["spec"]["http"]:
            yield service["metadata"]["name"], route


def first_route(render: Render, callee: str, path: str, port: int) -> dict[str, Any]:
    for part, route in routes(render):
        for match in route["match"] if part == callee else ():
            uri = match.get("uri", {"prefix": "/"})
            if match["port"] == port and (
                uri.get("exact") == path or ("prefix" in uri and path.startswith(uri["prefix"]))
            ):
                return route
    raise LookupError(path)


def test_only_repeatable_rpcs_are_sent_again_after_delivery(istio: Render, policy: Policy) -> None:
    granted = {(call.callee, rpc) for call in policy.grpc for rpc in call.rpcs}
    checked = 0
    for callee in SERVICES:
        for rpc in contract_of(callee).rpcs:
            retries = first_route(istio, callee, rpc.path, 9090)["retries"]
            if (callee, rpc.name) in granted:
                conditions = set(retries["retryOn"].split(","))
                assert conditions >= NOT_ACTED_ON
                assert (conditions == NOT_ACTED_ON) is not rpc.repeatable
                assert ("perTryTimeout" in retries) is (rpc.idempotency.name == "NO_SIDE_EFFECTS")
                checked += 1
            else:
                assert retries == {"attempts": 0}
    assert checked == len(granted)


def test_no_route_leaves_retries_to_istio(istio: Render) -> None:
    for _, route in routes(istio):
        assert route["retries"]["attempts"] == 0 or route["retries"]["retryOn"]
        assert route["timeout"] == "5s"
    for part in CALLED:
        service = istio.get("VirtualService", part)["spec"]
        assert service["hosts"] == [f"{part}.bunmart.svc.cluster.local"]
        for rest, port in zip(service["http"][-2:], (9090, 8000), strict=True):
            assert rest["match"] == [{"port": port}]
            assert rest["retries"] == {"attempts": 0}
        for route in service["http"]:
            # The port that was called: the Service has two, and Istio wants to be told.
            (called,) = {match["port"] for match in route["match"]}
            assert route["route"][0]["destination"]["port"] == {"number": called}


def test_a_request_that_was_not_delivered_is_told_from_one_that_was(istio: Render) -> None:
    for part, route in routes(istio):
        if "retryOn" in route["retries"]:
            assert route["headers"] == {
                "request": {"set": {"x-envoy-retriable-header-names": "x-mesh-undelivered"}},
                "response": {"remove": ["x-mesh-undelivered"]},
            }, part
    inbound, removed = istio.get("EnvoyFilter", "sidecars")["spec"]["configPatches"]
    mappers = inbound["patch"]["value"]["typed_config"]["local_reply_config"]["mappers"]
    marked = [
        mapper["headers_to_add"][0]["header"]["key"] for mapper in mappers if "headers_to_add" in mapper
    ]
    assert marked == ["x-mesh-undelivered"] * 2
    assert removed["patch"]["value"] == {"response_headers_to_remove": ["x-mesh-undelivered"]}
    assert {inbound["match"]["context"], removed["match"]["context"]} == {"SIDECAR_INBOUND"}


def test_logs_have_no_queries(istio: Render) -> None:
    (logging,) = istio.get("Telemetry", "default")["spec"]["accessLogging"]
    assert logging == {"providers": [{"name": "envoy"}], "disabled": True}
    for name in ("sidecars", "bunmart"):
        (log,) = istio.get("EnvoyFilter", name)["spec"]["configPatches"][0]["patch"]["value"]["typed_config"][
            "access_log"
        ]
        fields = log["typed_config"]["log_format"]["json_format"]
        assert fields["path"] == "%PATH(NQ:PATH)%"
        assert not [value for value in fields.values() if "PATH" in value and "NQ" not in value]


@pytest.mark.parametrize(("ratio", "percent"), [(0, 0), (0.01, 1), (0.125, 12.5), (1, 100)])
def test_traces_are_sampled_by_the_value(bunmart: Bunmart, ratio: float, percent: float) -> None:
    (tracing,) = bunmart(ISTIO, {"global": {"traceRatio": ratio}}).get("Telemetry", "default")["spec"][
        "tracing"
    ]
    assert tracing == {"randomSamplingPercentage": percent}


def test_connections_to_the_application_end_before_it_closes_them(istio: Render) -> None:
    pool = istio.get("Sidecar", "default")["spec"]["inboundConnectionPool"]
    assert pool == {"http": {"idleTimeout": "4s"}}


def test_callers_treat_every_part_with_the_same_care(istio: Render) -> None:
    assert istio.names("DestinationRule") == istio.names("VirtualService") == set(CALLED)
    for rule in istio.of("DestinationRule"):
        traffic = rule["spec"]["trafficPolicy"]
        assert traffic["tls"] == {"mode": "ISTIO_MUTUAL"}
        assert traffic["outlierDetection"]["consecutiveGatewayErrors"] == 5
        assert traffic["connectionPool"]["http"]["http2MaxRequests"] == 1024


def test_the_mesh_knows_its_own_namespace_and_the_named_ones(bunmart: Bunmart) -> None:
    named = {"global": {"mesh": {"istio": {"egressNamespaces": ["tracing"], "namespace": "mesh"}}}}
    hosts = bunmart(ISTIO, named).get("Sidecar", "default")["spec"]["egress"][0]["hosts"]
    assert hosts == ["./*", "mesh/*", "tracing/*"]


@pytest.mark.parametrize("part", CALLED)
def test_a_part_that_is_off_has_nothing(bunmart: Bunmart, part: str) -> None:
    render = bunmart(ISTIO, {part: {"enabled": False}})
    assert not [one for one in render.of(*ISTIO_KINDS) if one["metadata"]["name"] == part]


def test_the_other_provider_has_nothing_of_this(bunmart: Bunmart) -> None:
    assert not bunmart({}).of(*ISTIO_KINDS)
