"""What the chart carries says the same as the local mesh, but for addresses, paths and names."""

import asyncio
import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from bunmart_dev.local_mesh import envoy
from bunmart_dev.local_mesh.placement import LocalPlacement
from bunmart_dev.ports import PARTS, Ports
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.chart import chart_templates
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.configurations import envoy_configurations
from bunmart_mesh.render.envoy.edge import EdgeOptions
from bunmart_mesh.render.envoy.kubernetes import CONNECTION_SECONDS, KubernetesPlacement
from bunmart_mesh.render.helm.anchors import to_anchored_yaml
from msgspec.structs import replace

from tests.mesh.release import (
    CLUSTER_DOMAIN,
    GLOBAL,
    INGRESS,
    NAMESPACE,
    TRUST_DOMAIN,
    Pod,
    issue,
    render_release,
)

CLUSTER_ONLY = ("health", "metrics", "admin")
"""Listeners of the cluster, and the cluster to which they lead."""
PLACED = {
    "address",
    "cluster_type",
    "type",
    "domains",
    "path_config_source",
    "access_log",
}
"""Fields in which nothing but addresses, paths and names is said."""


@pytest.fixture(scope="module")
def templates(policy: Policy) -> dict[str, str]:
    return chart_templates(policy)


@pytest.fixture(scope="module")
def release(templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return render_release(tmp_path_factory.mktemp("chart"), templates)


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Path:
    return issue(tmp_path_factory.mktemp("certificates"), policy)


def config(release: dict[str, str], part: str) -> Any:
    return yaml.safe_load(release[f"bunmart.envoy.{part}"])


def manager(release: dict[str, str], part: str, listener: str) -> Any:
    (found,) = (
        one for one in config(release, part)["static_resources"]["listeners"] if one["name"] == listener
    )
    return found["filter_chains"][0]["filters"][0]["typed_config"]


def said(value: Any) -> Any:
    """Leave out what a placement decides."""
    if isinstance(value, list):
        kept = (one for one in value if not (isinstance(one, dict) and one.get("name") in CLUSTER_ONLY))
        return [said(one) for one in kept]
    if isinstance(value, dict):
        return {name: said(one) for name, one in value.items() if name not in PLACED}
    return value


def values_of(value: Any, wanted: str) -> Iterator[Any]:
    """Find all values of a field."""
    for name, one in value.items() if isinstance(value, dict) else enumerate(value):
        if name == wanted:
            yield one
        if isinstance(one, dict | list):
            yield from values_of(one, wanted)


@pytest.fixture(scope="module")
def both(policy: Policy) -> tuple[dict[str, Config], dict[str, Config]]:
    local = envoy_configurations(
        policy, LocalPlacement(Ports(), Path("/certificates"), Path("/logs")), EdgeOptions()
    )
    placement = KubernetesPlacement(policy.namespace, "cluster.local")
    return local, envoy_configurations(policy, placement, EdgeOptions())


@pytest.mark.parametrize("part", PARTS)
def test_a_sidecar_says_the_same_in_a_cluster(both: tuple[Any, Any], part: str) -> None:
    local, cluster = both
    assert said(cluster[part]) == said(local[part])
    assert len(str(said(local[part]))) > 0.6 * len(str(local[part])), "the comparison leaves too much out"


def test_access_logs_differ_in_where_they_go(both: tuple[Any, Any]) -> None:
    for part in PARTS:
        local, cluster = (list(values_of(one[part], "access_log")) for one in both)
        assert len(local) == len(cluster) == 1
        ((here,), (there,)) = (local[0], cluster[0])
        assert here["filter"] == there["filter"]
        assert here["typed_config"]["log_format"] == there["typed_config"]["log_format"]
        assert there["name"] == "envoy.access_loggers.stdout"


def test_sharing_blocks_changes_nothing(both: tuple[Any, Any]) -> None:
    for rendered in both[1].values():
        assert yaml.safe_load(to_anchored_yaml(rendered)) == rendered


def test_helm_renders_what_was_rendered_for_it(release: dict[str, str], policy: Policy) -> None:
    limit, tokens = INGRESS["rateLimit"], GLOBAL["jwt"]
    options = EdgeOptions(
        requests_per_second=limit["requestsPerSecond"],
        burst=limit["burst"],
        issuer=tokens["issuer"],
        audience=tokens["audience"],
        origins=("|".join(INGRESS["cors"]["origins"]),),
        trusted_hops=INGRESS["trustedHops"],
        connection_seconds=CONNECTION_SECONDS,
    )
    ours = replace(policy, trust_domain=TRUST_DOMAIN, namespace=NAMESPACE)
    for part, expected in envoy_configurations(
        ours, KubernetesPlacement(NAMESPACE, CLUSTER_DOMAIN), options
    ).items():
        assert config(release, part) == expected


def test_where_a_pod_listens(release: dict[str, str]) -> None:
    def listens(part: str) -> dict[str, tuple[str, int]]:
        found = config(release, part)
        places = {one["name"]: one["address"] for one in found["static_resources"]["listeners"]}
        places["admin"] = found["admin"]["address"]
        return {
            name: (place["socket_address"]["address"], place["socket_address"]["port_value"])
            for name, place in places.items()
        }

    beside = {"admin": ("127.0.0.1", 15000), "metrics": ("0.0.0.0", 15020), "health": ("0.0.0.0", 15021)}
    sidecar = {"inbound": ("0.0.0.0", 15006), "outbound": ("127.0.0.1", 15001)}
    assert listens("order") == listens("bff") == {**beside, **sidecar}
    assert listens("edge") == {**beside, "edge": ("0.0.0.0", 8080)}


def test_a_peer_is_found_by_its_service_and_known_by_its_identity(release: dict[str, str]) -> None:
    clusters = {one["name"]: one for one in config(release, "cart")["static_resources"]["clusters"]}
    peer = clusters["peer-order"]
    (address,) = values_of(peer["load_assignment"], "socket_address")
    assert address == {"address": "order.shop.svc.cluster.test", "port_value": 15006}
    assert peer["cluster_type"]["name"] == "envoy.cluster.dns"
    (names,) = values_of(peer["transport_socket"], "match_typed_subject_alt_names")
    assert names == [
        {"san_type": "URI", "matcher": {"exact": f"spiffe://{TRUST_DOMAIN}/ns/{NAMESPACE}/sa/order"}}
    ]


def test_a_peer_has_all_names_that_kubernetes_gives_it(release: dict[str, str]) -> None:
    hosts = manager(release, "cart", "outbound")["route_config"]["virtual_hosts"]
    (domains,) = (one["domains"] for one in hosts if one["name"] == "order")
    assert domains == ["order", "order.shop", "order.shop.svc", "order.shop.svc.cluster.test"]


def test_only_the_release_is_known_to_the_inbound_listener(release: dict[str, str]) -> None:
    inbound = config(release, "order")["static_resources"]["listeners"][0]
    ((accepted,),) = values_of(inbound, "match_typed_subject_alt_names")
    assert accepted["matcher"] == {"prefix": f"spiffe://{TRUST_DOMAIN}/ns/{NAMESPACE}/sa/"}
    rbac = manager(release, "order", "inbound")["http_filters"][0]["typed_config"]["rules"]
    assert {str(one["principals"]) for one in rbac["policies"].values()} == {
        str([{"authenticated": {"principal_name": {"exact": f"spiffe://bakery/ns/shop/sa/{caller}"}}}])
        for caller in rbac["policies"]
    }


def test_the_values_of_the_edge_arrive_unchanged(release: dict[str, str]) -> None:
    edge = manager(release, "edge", "edge")
    cors, limit, tokens = (one["typed_config"] for one in edge["http_filters"][:3])
    assert cors["@type"].endswith("Cors")
    assert limit["token_bucket"] == {
        "max_tokens": 6_000_000,
        "tokens_per_fill": 3_000_000,
        "fill_interval": "1s",
    }
    provider = tokens["providers"]["bunmart"]
    assert (provider["issuer"], provider["audiences"]) == (
        GLOBAL["jwt"]["issuer"],
        [GLOBAL["jwt"]["audience"]],
    )
    ((origin,),) = values_of(edge, "allow_origin_string_match")
    assert origin["safe_regex"]["regex"] == "|".join(INGRESS["cors"]["origins"])
    assert edge["xff_num_trusted_hops"] == 1


def test_the_edge_lets_its_clients_go_before_it_ends(release: dict[str, str], both: tuple[Any, Any]) -> None:
    edge = manager(release, "edge", "edge")
    assert edge["common_http_protocol_options"]["max_connection_duration"] == "25s"
    assert edge["http1_safe_max_connection_duration"] is True
    assert list(values_of(both[0]["edge"], "max_connection_duration")) == []


@pytest.mark.parametrize("part", PARTS)
async def test_envoy_accepts_what_helm_renders(
    release: dict[str, str], issued: Path, tmp_path: Path, part: str
) -> None:
    pod = Pod(part, release, tmp_path, issued)
    process = await asyncio.create_subprocess_exec(
        *envoy.validate_command(pod.config), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def test_envoy_accepts_an_edge_without_origins(
    templates: dict[str, str], issued: Path, tmp_path: Path
) -> None:
    release = render_release(tmp_path / "chart", templates, {**INGRESS, "cors": {"origins": []}})
    pod = Pod("edge", release, tmp_path / "pod", issued)
    process = await asyncio.create_subprocess_exec(
        *envoy.validate_command(pod.config), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def test_a_release_has_room_for_them(templates: dict[str, str], release: dict[str, str]) -> None:
    """Helm stores chart and manifest in one Secret of at most 1 MiB: JSON, compressed, then base64."""
    chart = [{"name": name, "data": b64encode(text.encode()).decode()} for name, text in templates.items()]
    stored = b64encode(gzip.compress(json.dumps([chart, list(release.values())]).encode()))
    assert len(stored) < 2**20 / 6
