"""Where things are: the only difference between a local sidecar and one in a cluster."""

from typing import Literal, NamedTuple, Protocol

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
