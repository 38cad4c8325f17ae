"""The parts that a service brings along: its controllers, servicers, use cases and jobs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from litestar import Controller, Router

from bunmart_chassis.identity import AccessSource
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.rpc import Servicer


@dataclass
class Parts:
    """The parts that make one service out of the chassis.

    Attributes:
        controllers: The controllers of REST.
        servicers: The servicers of gRPC, as pairs of full service name and registration.
        dependencies: The use cases, which controllers ask for by name.
        jobs: Outbox handlers and schedules.
        access: Who knows which access ended; None asks the user service over gRPC.
        on_ready: Run once after migration, before the service is ready (a bootstrap admin).
        on_stop: Run at the end (closing clients).
    """

    controllers: Sequence[type[Controller] | Router] = ()
    servicers: Sequence[Servicer] = ()
    dependencies: Mapping[str, object] = field(default_factory=dict)
    jobs: Jobs = field(default_factory=Jobs)
    access: AccessSource | None = None
    on_ready: Callable[[], Awaitable[None]] | None = None
    on_stop: Callable[[], Awaitable[None]] | None = None
