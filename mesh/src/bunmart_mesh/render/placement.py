"""Where things are: the only difference between a local sidecar and one in a cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from bunmart_mesh.ports import Ports

LOOPBACK = "127.0.0.1"
Direction = Literal["inbound", "edge"]


class Address(NamedTuple):
    """A host and a TCP port; a host that is not an IP address is resolved by DNS."""

    host: str
    port: int


class Placement(Protocol):
    """Addresses and paths as the Envoy of a part sees them."""

    def inbound(self, part: str) -> Address:
        """Where the sidecar of a part listens for peers."""

    def outbound(self, part: str) -> Address:
        """Where the sidecar listens for its application."""

    def admin(self, part: str) -> Address:
        """Where Envoy's admin interface listens; a loopback address, it asks for no password."""

    def edge(self) -> Address:
        """Where the ingress listens."""

    def health(self, part: str) -> Address | None:
        """Where Envoy answers probes of itself and its application; None when nobody outside asks."""

    def metrics(self, part: str) -> Address | None:
        """Where Envoy shows its statistics and those of its application; None when nobody outside asks."""

    def app_http(self, part: str) -> Address:
        """Where the application serves REST to its sidecar."""

    def app_grpc(self, part: str) -> Address:
        """Where the application serves gRPC to its sidecar."""

    def peer(self, part: str) -> Address:
        """Where others reach the inbound listener of a part."""

    def authorities(self, part: str) -> tuple[str, ...]:
        """The names under which an application may address a peer, without ports."""

    def secrets(self, part: str) -> str:
        """The folder of ``workload.sds.yaml`` and ``roots.sds.yaml``."""

    def access_log(self, part: str, direction: Direction) -> str | None:
        """The file of an access log; None for standard output."""


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
