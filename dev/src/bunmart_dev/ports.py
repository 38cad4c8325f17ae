"""The port table: every part of the call policy owns a block of ports on 127.0.0.1."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bunmart_mesh.policy import part_names

DEFAULT_BASE = 21000
DEFAULT_EDGE = 8080
PARTS = part_names()
"""In the order of their blocks: that of mesh/policy.yaml, where a new part is the last one."""

_BLOCK = 10
_LAST_OFFSET = 221
_HIGHEST_PORT = 65535


class RunPorts(NamedTuple):
    """The ports at which one run of an application listens for its sidecar."""

    http: int
    grpc: int


@dataclass(frozen=True)
class PartPorts:
    """The block of one part."""

    http: int
    grpc: int
    inbound: int
    """The sidecar's mutual TLS listener."""
    outbound: int
    """The sidecar's plaintext listener for calls to peers."""
    admin: int
    """Envoy's admin interface."""
    first_run_http: int
    first_run_grpc: int
    second_run_http: int
    second_run_grpc: int

    @property
    def runs(self) -> tuple[RunPorts, RunPorts]:
        """Return where the sidecar finds a run of the application; a run and its successor take turns."""
        return (
            RunPorts(self.first_run_http, self.first_run_grpc),
            RunPorts(self.second_run_http, self.second_run_grpc),
        )


@dataclass(frozen=True)
class Ports:
    """All ports of a local mesh.

    Raises:
        ValueError: The table does not fit below port 65536.
    """

    base: int = DEFAULT_BASE
    """Port from which the whole table counts (``BUNMART_PORT_BASE``)."""
    edge: int = DEFAULT_EDGE
    """Port of the ingress (``BUNMART_EDGE_PORT``)."""

    def __post_init__(self) -> None:
        if not (0 < self.base <= _HIGHEST_PORT - _LAST_OFFSET and 0 < self.edge <= _HIGHEST_PORT):
            raise ValueError(f"ports out of range: base {self.base}, edge {self.edge}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports":
        """Read ``BUNMART_PORT_BASE`` and ``BUNMART_EDGE_PORT``.

        Raises:
            ValueError: One of them is not a port number.
        """
        return cls(
            base=int(environment.get("BUNMART_PORT_BASE") or DEFAULT_BASE),
            edge=int(environment.get("BUNMART_EDGE_PORT") or DEFAULT_EDGE),
        )

    def of(self, part: str) -> PartPorts:
        """Return the block of a part.

        Raises:
            ValueError: There is no such part.
        """
        first = self.base + _BLOCK * PARTS.index(part)
        return PartPorts(*range(first, first + _BLOCK - 1))

    @property
    def postgres(self) -> int:
        """PostgreSQL."""
        return self.base + 200

    @property
    def stripe(self) -> int:
        """The Stripe emulator."""
        return self.base + 210

    @property
    def smtp(self) -> int:
        """The mail catcher's SMTP."""
        return self.base + 220

    @property
    def mail_page(self) -> int:
        """The mail catcher's page."""
        return self.base + 221
