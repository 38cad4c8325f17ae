"""``python -m bunmart_dev.local_mesh``: writes the Envoy configurations of a local mesh."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from bunmart_mesh.policy import POLICY_FILE, load_policy
from bunmart_mesh.render.envoy.edge import EdgeOptions
from bunmart_mesh.render.envoy.placement import LOOPBACK

from bunmart_dev.local_mesh.files import write_local_mesh
from bunmart_dev.ports import Ports


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the Envoy configurations, certificates and log folder of a local mesh."""
    ports = Ports.from_environment()
    limits = EdgeOptions()
    parser = argparse.ArgumentParser(prog="python -m bunmart_dev.local_mesh", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--policy", type=Path, default=POLICY_FILE, help="the call policy")
    parser.add_argument("--port-base", type=int, default=ports.base, help="moves the port table")
    parser.add_argument("--edge-port", type=int, default=ports.edge, help="where the ingress listens")
    parser.add_argument("--edge-host", default=LOOPBACK, help="address on which the ingress listens")
    parser.add_argument("--edge-rate", type=int, default=limits.requests_per_second, help="requests/s")
    parser.add_argument("--edge-burst", type=int, default=limits.burst, help="requests at once")
    given = parser.parse_args(None if arguments is None else list(arguments))
    mesh = write_local_mesh(
        given.out,
        load_policy(given.policy),
        Ports(given.port_base, given.edge_port),
        edge_host=given.edge_host,
        options=EdgeOptions(requests_per_second=given.edge_rate, burst=given.edge_burst),
    )
    for name, path in mesh.configs.items():
        print(f"{name}\t{path}")


if __name__ == "__main__":
    main()
