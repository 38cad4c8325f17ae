"""Renders the call policy and the contract into Istio's resources and the routes of its gateway.

What they do is what the Envoys of the other provider do; the modules say where Istio needs another way.
"""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.helm.manifests import template
from bunmart_mesh.render.istio.access import gateway_access, mesh_wide_access, part_access
from bunmart_mesh.render.istio.envoy_filters import gateway_filter, sidecar_filter
from bunmart_mesh.render.istio.gateway import gateway_objects, part_routes
from bunmart_mesh.render.istio.mesh import mesh_wide_traffic
from bunmart_mesh.render.istio.names import BY_GATEWAY, PROVIDER
from bunmart_mesh.render.istio.traffic import part_traffic


def istio_templates(policy: Policy) -> dict[str, str]:
    """Return Helm templates by the names of their files: of the mesh, of the gateway, of each part."""
    gateway = [*gateway_objects(), *gateway_access(), gateway_filter()]
    parts = {
        f"istio-{part.name}.yaml": [
            *part_access(policy, part.name),
            *part_traffic(policy, part.name),
            *part_routes(policy, part.name),
        ]
        for part in policy.parts
        if part.kind != "edge"
    }
    return {
        "istio-mesh.yaml": template([*mesh_wide_access(), *mesh_wide_traffic(), sidecar_filter()], PROVIDER),
        "istio-gateway.yaml": template(gateway, f"and ({PROVIDER}) ({BY_GATEWAY})"),
        **{name: template(manifests, PROVIDER) for name, manifests in parts.items()},
    }
