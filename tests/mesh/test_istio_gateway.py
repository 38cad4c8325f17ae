"""Istio's gateway leads where the edge leads and looks at access tokens where the edge does."""

from typing import Any

import pytest
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.envoy.edge import REPEATABLE_METHODS

from tests.charts.rendering import Render
from tests.mesh.chart import ISTIO, ISTIO_INGRESS, Bunmart

JWT = "envoy.filters.http.jwt_authn"
SECURED = {
    "ingress": {"hosts": ["shop.example.com", "*.example.net"], "tls": {"secretName": "shop-tls"}},
}


@pytest.fixture(scope="session")
def istio(bunmart: Bunmart) -> Render:
    return bunmart(ISTIO)


def patches(render: Render, apply_to: str) -> list[dict[str, Any]]:
    spec = render.get("EnvoyFilter", "bunmart")["spec"]
    return [one for one in spec["configPatches"] if one["applyTo"] == apply_to]


def rule_patch(render: Render, rule: str) -> dict[str, Any]:
    (found,) = (
        one["patch"]["value"]
        for one in patches(render, "HTTP_ROUTE")
        if one["match"]["routeConfiguration"]["vhost"]["route"]["name"] == rule
    )
    return dict(found)


def led(render: Render) -> list[tuple[str, str, bool, str | None]]:
    """Part, prefix, whether its tokens are checked, and the method (None: any)."""
    return [
        (rule["backendRefs"][0]["name"], match["path"]["value"], rule["name"].startswith("checked"), method)
        for route in render.of("HTTPRoute")
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
        for method in [match.get("method")]
        if match["path"]["type"] == "PathPrefix"
    ]


def test_it_leads_where_the_edge_leads_and_checks_the_same_tokens(istio: Render, policy: Policy) -> None:
    assert sorted(led(istio), key=str) == sorted(
        (
            (entry.part, entry.prefix, entry.jwt != "ignored", method)
            for entry in policy.ingress
            for method in (*REPEATABLE_METHODS, None)
        ),
        key=str,
    )


def test_no_rule_has_more_matches_than_the_gateway_api_allows(istio: Render) -> None:
    for route in istio.of("HTTPRoute"):
        assert len(route["spec"]["rules"]) <= 16
        assert all(len(rule["matches"]) <= 64 for rule in route["spec"]["rules"])
        assert all(rule["timeouts"] == {"request": "15s"} for rule in route["spec"]["rules"])


def test_only_methods_that_may_be_repeated_are(istio: Render) -> None:
    for route in istio.of("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            methods = {match.get("method") for match in rule["matches"]}
            repeated = rule_patch(istio, rule["name"])["route"]["retry_policy"]["retry_on"].split(",")
            if rule["name"].endswith("repeatable"):
                assert methods == set(REPEATABLE_METHODS)
                assert "gateway-error" in repeated
            else:
                assert methods == {None}
                assert not {"gateway-error", "reset", "unavailable", "5xx", "cancelled"} & set(repeated)


@pytest.mark.parametrize(
    "rule", ["checked-once", "checked-repeatable", "unchecked-once", "unchecked-repeatable"]
)
def test_the_jwt_filter_looks_away_from_ignored_prefixes_only(istio: Render, rule: str) -> None:
    per_filter = rule_patch(istio, rule).get("typed_per_filter_config", {})
    assert (JWT in per_filter) is rule.startswith("unchecked")
    assert all(config["disabled"] is True for config in per_filter.values())


def test_tokens_are_checked_by_the_gateway_and_where_no_prefix_ignores_them(
    istio: Render, policy: Policy
) -> None:
    ignoring = {entry.part for entry in policy.ingress if entry.jwt == "ignored"}
    parts = {entry.part for entry in policy.ingress} - ignoring
    assert istio.names("RequestAuthentication") == parts | {"bunmart"}
    for one in istio.of("RequestAuthentication"):
        (rule,) = one["spec"]["jwtRules"]
        assert (rule["issuer"], rule["audiences"]) == ("https://bunmart.local", ["bunmart-api"])
        assert rule["forwardOriginalToken"] is True
        assert rule["fromHeaders"] == [{"name": "Authorization", "prefix": "Bearer "}]
        assert '"kid":"one"' in rule["jwks"]


def test_a_controller_before_the_mesh_leaves_tokens_to_the_services(bunmart: Bunmart) -> None:
    render = bunmart(ISTIO_INGRESS)
    assert "bunmart" not in render.names("RequestAuthentication")
    assert not render.of("Gateway", "HTTPRoute")


def test_without_certificates_there_is_one_listener(istio: Render) -> None:
    (listener,) = istio.get("Gateway", "bunmart")["spec"]["listeners"]
    assert listener == {"name": "http-0", "port": 80, "protocol": "HTTP"}
    assert istio.get("HTTPRoute", "order")["spec"]["parentRefs"] == [
        {"name": "bunmart", "sectionName": "http-0"}
    ]
    assert "bunmart-redirect" not in istio.names("HTTPRoute")


def test_the_control_plane_of_the_sidecars_runs_the_gateway_too(bunmart: Bunmart, istio: Render) -> None:
    revision = "istio.io/rev"
    of_canary = bunmart(ISTIO, {"global": {"mesh": {"istio": {"revision": "canary"}}}})
    injected = [each for each in of_canary.workloads if each.labels.get("sidecar.istio.io/inject") == "true"]

    assert {each.labels[revision] for each in injected} == {"canary"}
    gateway = of_canary.get("Gateway", "bunmart")
    assert gateway["metadata"]["labels"][revision] == "canary"
    # Its pods have the labels of the Gateway as long as this says nothing; the default deny selects them by those.
    assert "infrastructure" not in gateway["spec"]
    assert revision not in istio.get("Gateway", "bunmart")["metadata"]["labels"]


def test_with_certificates_http_only_redirects(bunmart: Bunmart) -> None:
    render = bunmart(ISTIO, SECURED)
    listeners = render.get("Gateway", "bunmart")["spec"]["listeners"]
    assert [(one["name"], one["port"], one["hostname"]) for one in listeners] == [
        ("http-0", 80, "shop.example.com"),
        ("https-0", 443, "shop.example.com"),
        ("http-1", 80, "*.example.net"),
        ("https-1", 443, "*.example.net"),
    ]
    assert listeners[1]["tls"]["certificateRefs"] == [{"kind": "Secret", "name": "shop-tls"}]
    for route in render.of("HTTPRoute"):
        sections = [parent["sectionName"] for parent in route["spec"]["parentRefs"]]
        redirects = route["metadata"]["name"] == "bunmart-redirect"
        assert sections == (["http-0", "http-1"] if redirects else ["https-0", "https-1"])
        assert route["spec"]["hostnames"] == ["shop.example.com", "*.example.net"]


def test_numbers_and_origins_are_the_values(bunmart: Bunmart) -> None:
    front = {
        "ingress": {
            "rateLimit": {"requestsPerSecond": 500_000, "burst": 1_000_000},
            "cors": {"origins": [r"https://shop\.example(:\d+)?", "https://b"]},
            "trustedHops": 2,
        }
    }
    render = bunmart(ISTIO, front)
    values = [one["patch"]["value"] for one in patches(render, "HTTP_FILTER")]
    (limit,) = (one for one in values if one["name"].endswith("local_ratelimit"))
    bucket = limit["typed_config"]["token_bucket"]
    assert (bucket["max_tokens"], bucket["tokens_per_fill"]) == (1_000_000, 500_000)
    (host,) = patches(render, "VIRTUAL_HOST")
    cors = host["patch"]["value"]["typed_per_filter_config"]["bunmart.cors"]
    assert cors["allow_origin_string_match"] == [
        {"safe_regex": {"regex": r"https://shop\.example(:\d+)?|https://b"}}
    ]
    (manager,) = patches(render, "NETWORK_FILTER")
    assert manager["patch"]["value"]["typed_config"]["xff_num_trusted_hops"] == 2


def test_what_a_browser_says_about_certificates_and_delivery_is_dropped(istio: Render) -> None:
    (patch,) = patches(istio, "NETWORK_FILTER")
    config = patch["patch"]["value"]["typed_config"]
    assert config["forward_client_cert_details"] == "SANITIZE"
    (mutation,) = config["early_header_mutation_extensions"]
    assert mutation["typed_config"]["mutations"] == [
        {"remove": "x-forwarded-client-cert"},
        {"remove": "x-mesh-undelivered"},
    ]


def test_browsers_do_not_hear_what_sidecars_tell_each_other(istio: Render) -> None:
    (patch,) = patches(istio, "ROUTE_CONFIGURATION")
    assert set(patch["patch"]["value"]["response_headers_to_remove"]) == {
        "x-mesh-undelivered",
        "x-envoy-upstream-service-time",
        "x-envoy-decorator-operation",
    }
