"""The Envoy configurations of all parts."""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.edge import EdgeOptions, edge
from bunmart_mesh.render.placement import Placement
from bunmart_mesh.render.sds import Config
from bunmart_mesh.render.sidecar import sidecar


def render(policy: Policy, placement: Placement, options: EdgeOptions | None = None) -> dict[str, Config]:
    """Render the Envoy configuration of every part."""
    return {
        name: edge(policy, placement, options) if name == policy.edge else sidecar(policy, placement, name)
        for name in policy.names
    }
