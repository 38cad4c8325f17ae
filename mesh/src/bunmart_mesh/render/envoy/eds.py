"""Envoy's endpoints (EDS) as files: where an application listens that moves to other ports while it runs."""

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.messages import TYPE, socket
from bunmart_mesh.render.envoy.placement import Address


def load_assignment(cluster: str, address: Address) -> Config:
    """Return the only endpoint of a cluster."""
    endpoint = {"endpoint": {"address": socket(address)}}
    return {"cluster_name": cluster, "endpoints": [{"lb_endpoints": [endpoint]}]}


def endpoints_file(cluster: str) -> str:
    """Return the name of the file that holds a cluster's endpoint."""
    return f"{cluster}.eds.yaml"


def endpoints(cluster: str, address: Address) -> Config:
    """Return the content of that file."""
    assignment = load_assignment(cluster, address)
    return {"resources": [{"@type": f"{TYPE}config.endpoint.v3.ClusterLoadAssignment", **assignment}]}


def eds(cluster: str, folder: str) -> Config:
    """Refer to the file in a folder; a file that is moved there replaces what Envoy has read.

    Requests under way finish on the endpoint before; later ones go to the new one.
    """
    source = {
        "resource_api_version": "V3",
        "path_config_source": {
            "path": f"{folder}/{endpoints_file(cluster)}",
            "watched_directory": {"path": folder},
        },
    }
    return {"type": "EDS", "eds_cluster_config": {"eds_config": source}}
