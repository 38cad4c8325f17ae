"""What is rendered follows from the policy and the contract, and Envoy accepts it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from bunmart_dev.local_mesh import envoy
from bunmart_dev.local_mesh.files import LocalMesh, write_local_mesh
from bunmart_dev.local_mesh.placement import LocalPlacement
from bunmart_dev.ports import PARTS, Ports
from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.envoy.placement import Address
from bunmart_mesh.render.envoy.upstreams import peer_cluster

from tests.charts.known import SERVICES

SAFE = "connect-failure,refused-stream,reset-before-request,retriable-headers"


def config(mesh: LocalMesh, part: str) -> Any:
    return yaml.safe_load(mesh.configs[part].read_text())


def manager(mesh: LocalMesh, part: str, listener: str) -> Any:
    (found,) = (one for one in config(mesh, part)["static_resources"]["listeners"] if one["name"] == listener)
    return found["filter_chains"][0]["filters"][0]["typed_config"]


@pytest.mark.parametrize("part", PARTS)
async def test_envoy_accepts_every_configuration(local_mesh: tuple[Ports, LocalMesh], part: str) -> None:
    command = envoy.validate_command(local_mesh[1].configs[part])
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def granted_by(rule: Any, methods: str = "*") -> Iterator[str]:
    """A permission as lines: ``METHODS exact|prefix path``; any other kind of rule is an error."""
    if "and_rules" in rule:
        first, second = rule["and_rules"]["rules"]
        alternatives = first.get("or_rules", {"rules": [first]})["rules"]
        names = [one["header"]["string_match"]["exact"] for one in alternatives]
        yield from granted_by(second, ",".join(names))
    elif "or_rules" in rule:
        for one in rule["or_rules"]["rules"]:
            yield from granted_by(one, methods)
    else:
        ((how, path),) = rule["url_path"]["path"].items()
        yield f"{methods} {how} {path}"


def stated_for(policy: Policy, caller: str, callee: str) -> Iterator[str]:
    yield "* exact /health/ready" if callee == "bff" else "* exact /grpc.health.v1.Health/Check"
    for rpc in policy.rpcs(caller, callee):
        yield f"* exact {rpc.path}"
    for call in policy.rest_calls(caller, callee):
        for path in call.paths:
            yield f"{','.join(call.methods)} exact {path.removesuffix('/*')}"
            if path.endswith("/*"):
                yield f"{','.join(call.methods)} prefix {path.removesuffix('*')}"
    if caller == policy.edge:
        for prefix in policy.prefixes(callee):
            yield f"* exact {prefix}"
            yield f"* prefix {prefix}/"


def test_rbac_grants_exactly_the_policy(local_mesh: tuple[Ports, LocalMesh], policy: Policy) -> None:
    for callee in (*SERVICES, "bff"):
        (rbac, _) = manager(local_mesh[1], callee, "inbound")["http_filters"]
        rules = rbac["typed_config"]["rules"]
        assert rules["action"] == "ALLOW"
        granted = {
            caller: sorted(line for rule in entry["permissions"] for line in granted_by(rule))
            for caller, entry in rules["policies"].items()
        }
        stated = {caller: sorted(stated_for(policy, caller, callee)) for caller in policy.callers(callee)}
        assert granted == stated
        for caller, entry in rules["policies"].items():
            identity = {"exact": policy.identity(caller)}
            assert entry["principals"] == [{"authenticated": {"principal_name": identity}}]


def test_only_repeatable_rpcs_are_retried_after_delivery(
    local_mesh: tuple[Ports, LocalMesh], policy: Policy
) -> None:
    checked = 0
    for caller in SERVICES:
        hosts = manager(local_mesh[1], caller, "outbound")["route_config"]["virtual_hosts"]
        for host in hosts:
            for route in host["routes"]:
                if "name" in route:
                    rpc = contract_of(host["name"]).rpc(route["name"])
                    retry_on = route["route"]["retry_policy"]["retry_on"]
                    assert (retry_on == SAFE) is not rpc.repeatable
                    checked += 1
    assert checked == sum(len(call.rpcs) for call in policy.grpc)


def test_a_peer_with_a_host_name_is_found_by_dns(policy: Policy, local_mesh: tuple[Ports, LocalMesh]) -> None:
    class Cluster(LocalPlacement):
        def peer(self, part: str) -> Address:
            return Address(f"{part}.bunmart.svc", 15006)

    ports, files = local_mesh
    rendered = peer_cluster(policy, Cluster(ports, files.certificates, files.logs), "cart", "order")
    assert rendered["cluster_type"]["name"] == "envoy.cluster.dns"
    assert "type" not in rendered


def test_a_sidecar_follows_an_application_that_moves(
    tmp_path: Path, policy: Policy, local_mesh: tuple[Ports, LocalMesh]
) -> None:
    ports, files = local_mesh
    moving = write_local_mesh(tmp_path, policy, ports, movable=True)

    apps = [each for each in clusters(moving, "order") if each["name"].startswith("app-")]
    assert [(each["name"], each["type"]) for each in apps] == [("app-http", "EDS"), ("app-grpc", "EDS")]
    for each, port in zip(apps, ports.of("order").runs[0], strict=True):
        source = each["eds_cluster_config"]["eds_config"]["path_config_source"]
        (resource,) = yaml.safe_load(Path(source["path"]).read_text())["resources"]
        (endpoint,) = resource["endpoints"][0]["lb_endpoints"]
        assert resource["cluster_name"] == each["name"]
        assert endpoint["endpoint"]["address"]["socket_address"]["port_value"] == port
    assert all(each.get("type") != "EDS" for each in clusters(files, "order"))


def clusters(mesh: LocalMesh, part: str) -> list[Any]:
    found: list[Any] = config(mesh, part)["static_resources"]["clusters"]
    return found
