"""The context that a servicer method receives: grpc's own, and with it the unit of work of the call."""

from typing import Any

import grpc

from bunmart_chassis.storage import UnitOfWork

Context = grpc.aio.ServicerContext[Any, Any]


class CallContext:
    """Adds the unit of work to grpc's context; all else is grpc's.

    Args:
        context: grpc's context of the RPC.
        unit: Committed together with the answer; None for an RPC without side effects.
    """

    def __init__(self, context: Context, unit: UnitOfWork | None) -> None:
        self._context = context
        self.unit = unit

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of grpc's context."""
        return getattr(self._context, name)


def unit_of(context: Context) -> UnitOfWork:
    """Return the unit of work of an RPC, committed together with its answer.

    Raises:
        RuntimeError: The contract says that the RPC has no side effects (``NO_SIDE_EFFECTS``).
    """
    unit: UnitOfWork | None = getattr(context, "unit", None)
    if unit is None:
        raise RuntimeError("an RPC that the contract calls NO_SIDE_EFFECTS has no unit of work")
    return unit
