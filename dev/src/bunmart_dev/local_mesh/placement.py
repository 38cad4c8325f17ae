"""Where things are on one machine: each part has ports of 127.0.0.1 and files in the state folder."""

from dataclasses import dataclass
from pathlib import Path

from bunmart_mesh.render.placement import LOOPBACK, Address, Direction

from bunmart_dev.ports import Ports


@dataclass(frozen=True)
class LocalPlacement:
    """Everything on 127.0.0.1 by the port table; files below two folders.

    Attributes:
        ports: The table.
        certificates: As ``ensure_certificates`` fills it; an absolute path.
        logs: For access logs; must exist when Envoy starts.
        edge_host: The address on which the ingress listens.
    """

    ports: Ports
    certificates: Path
    logs: Path
    edge_host: str = LOOPBACK

    def inbound(self, part: str) -> Address:
        """Return the part's third port."""
        return Address(LOOPBACK, self.ports.of(part).inbound)

    def outbound(self, part: str) -> Address:
        """Return the part's fourth port."""
        return Address(LOOPBACK, self.ports.of(part).outbound)

    def admin(self, part: str) -> Address:
        """Return the part's fifth port."""
        return Address(LOOPBACK, self.ports.of(part).admin)

    def edge(self) -> Address:
        """Return the ingress port."""
        return Address(self.edge_host, self.ports.edge)

    def health(self, part: str) -> None:  # noqa: ARG002 - the protocol names it
        """Return nothing: the launcher asks applications and admin interfaces themselves."""
        return

    def metrics(self, part: str) -> None:  # noqa: ARG002
        """Return nothing, as ``health``."""
        return

    def app_http(self, part: str) -> Address:
        """Return the part's first port."""
        return Address(LOOPBACK, self.ports.of(part).http)

    def app_grpc(self, part: str) -> Address:
        """Return the part's second port."""
        return Address(LOOPBACK, self.ports.of(part).grpc)

    def peer(self, part: str) -> Address:
        """Return the inbound listener itself."""
        return self.inbound(part)

    def authorities(self, part: str) -> tuple[str, ...]:
        """Return ``order`` and ``order.bunmart``."""
        return (part, f"{part}.bunmart")

    def secrets(self, part: str) -> str:
        """Return the part's folder of the certificates."""
        return str(self.certificates / part)

    def access_log(self, part: str, direction: Direction) -> str:
        """Return ``order.inbound.access.log``, or ``edge.access.log`` for the ingress."""
        name = part if direction == part else f"{part}.{direction}"
        return str(self.logs / f"{name}.access.log")
