"""Addresses and paths on one machine: each part has ports of 127.0.0.1 and files in the state folder."""

from dataclasses import dataclass
from pathlib import Path

from bunmart_mesh.render.envoy.placement import LOOPBACK, Address, Direction, Placement
from typing_extensions import override

from bunmart_dev.ports import Ports


@dataclass(frozen=True)
class LocalPlacement(Placement):
    """Everything on 127.0.0.1 by the port table; files below two folders.

    Attributes:
        ports: The table.
        certificates: As ``ensure_certificates`` fills it; an absolute path.
        logs: For access logs; must exist when Envoy starts.
        edge_host: The address on which the ingress listens.
        endpoints: Below it, per part, the files that say where its application listens at present; None
            when applications stay at the ports of the table.
    """

    ports: Ports
    certificates: Path
    logs: Path
    edge_host: str = LOOPBACK
    endpoints: Path | None = None

    @override
    def inbound(self, part: str) -> Address:
        return Address(LOOPBACK, self.ports.of(part).inbound)

    @override
    def outbound(self, part: str) -> Address:
        return Address(LOOPBACK, self.ports.of(part).outbound)

    @override
    def admin(self, part: str) -> Address:
        return Address(LOOPBACK, self.ports.of(part).admin)

    @override
    def edge(self) -> Address:
        return Address(self.edge_host, self.ports.edge)

    @override
    def health(self, part: str) -> None:
        """Return nothing: the launcher asks applications and admin interfaces themselves."""
        return

    @override
    def metrics(self, part: str) -> None:
        """Return nothing, as ``health``."""
        return

    @override
    def app_http(self, part: str) -> Address:
        return Address(LOOPBACK, self.ports.of(part).http)

    @override
    def app_grpc(self, part: str) -> Address:
        return Address(LOOPBACK, self.ports.of(part).grpc)

    @override
    def app_endpoints(self, part: str) -> str | None:
        """Return the part's folder of endpoints."""
        return None if self.endpoints is None else str(self.endpoints / part)

    @override
    def peer(self, part: str) -> Address:
        return self.inbound(part)

    @override
    def authorities(self, part: str) -> tuple[str, ...]:
        """Return ``order`` and ``order.bunmart``."""
        return (part, f"{part}.bunmart")

    @override
    def secrets(self, part: str) -> str:
        return str(self.certificates / part)

    @override
    def access_log(self, part: str, direction: Direction) -> str:
        """Return ``order.inbound.access.log``, or ``edge.access.log`` for the ingress."""
        name = part if direction == part else f"{part}.{direction}"
        return str(self.logs / f"{name}.access.log")
