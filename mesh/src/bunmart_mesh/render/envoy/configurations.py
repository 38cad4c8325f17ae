"""The Envoy configurations of all parts."""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.edge import EdgeOptions, edge
from bunmart_mesh.render.envoy.placement import Placement
from bunmart_mesh.render.envoy.sidecar import sidecar


def envoy_configurations(
    policy: Policy, placement: Placement, options: EdgeOptions | None = None
) -> dict[str, Config]:
    """Render the Envoy configuration of every part."""
    return {
        name: edge(policy, placement, options) if name == policy.edge else sidecar(policy, placement, name)
        for name in policy.names
    }
