"""The addresses and paths in an Envoy configuration: the only difference between a laptop and a cluster."""

from abc import ABC, abstractmethod
from typing import Literal, NamedTuple

LOOPBACK = "127.0.0.1"
Direction = Literal["inbound", "edge"]


class Address(NamedTuple):
    """A host and a TCP port; a host that is not an IP address is resolved by DNS."""

    host: str
    port: int


class Placement(ABC):
    """Addresses and paths as the Envoy of a part sees them."""

    @abstractmethod
    def inbound(self, part: str) -> Address:
        """Return the address on which the sidecar of a part listens for peers."""

    @abstractmethod
    def outbound(self, part: str) -> Address:
        """Return the address on which the sidecar listens for its application."""

    @abstractmethod
    def admin(self, part: str) -> Address:
        """Return the address of Envoy's admin interface, a loopback one: it asks for no password."""

    @abstractmethod
    def edge(self) -> Address:
        """Return the address on which the ingress listens."""

    @abstractmethod
    def health(self, part: str) -> Address | None:
        """Return the address for probes of Envoy and its application; None when nobody outside asks."""

    @abstractmethod
    def metrics(self, part: str) -> Address | None:
        """Return the address for the statistics of Envoy and its application; None when nobody asks."""

    @abstractmethod
    def app_http(self, part: str) -> Address:
        """Return the address at which the application serves REST to its sidecar."""

    @abstractmethod
    def app_grpc(self, part: str) -> Address:
        """Return the address at which the application serves gRPC to its sidecar."""

    @abstractmethod
    def app_endpoints(self, part: str) -> str | None:
        """Return the folder of files that say where the application listens at present.

        None when it stays where ``app_http`` and ``app_grpc`` say.
        """

    @abstractmethod
    def peer(self, part: str) -> Address:
        """Return the address at which others reach the inbound listener of a part."""

    @abstractmethod
    def authorities(self, part: str) -> tuple[str, ...]:
        """Return the names under which an application may address a peer, without ports."""

    @abstractmethod
    def secrets(self, part: str) -> str:
        """Return the folder of ``workload.sds.yaml`` and ``roots.sds.yaml``."""

    @abstractmethod
    def access_log(self, part: str, direction: Direction) -> str | None:
        """Return the file of an access log; None for standard output."""
