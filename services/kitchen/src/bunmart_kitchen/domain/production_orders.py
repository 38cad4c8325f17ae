"""The rules of a production order: its lines, its phases, its progress."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import (
    AbortedError,
    AlreadyExistsError,
    FailedPreconditionError,
    NotFoundError,
)
from bunmart_chassis.ids import new_id

MAX_LINES = 100
MAX_NOTES = 2000
"""Characters of the staff's notes."""
DONE = 100
"""Progress of a completed production order, in percent."""


class Phase(enum.StrEnum):
    """Phases of a production order, in their order."""

    PREPARING = "PREPARING"
    BAKING = "BAKING"
    COMPLETED = "COMPLETED"


PHASES = tuple(Phase)


class ProductionOrder(msgspec.Struct):
    """A production order; ``progress_percent`` is 0 to 100, ``version`` counts its changes."""

    id: UUID
    user_order_id: UUID
    phase: Phase
    progress_percent: int
    notes: str
    prepared_notified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class ProductionLine(msgspec.Struct):
    """A product of a production order and the number of its pieces."""

    production_order_id: UUID
    product_id: UUID
    position: int
    quantity: int


class Progress(NamedTuple):
    """The phase of a production order and its progress in percent."""

    phase: Phase
    percent: int


def new_production_order(user_order_id: UUID, now: datetime) -> ProductionOrder:
    """Make the production order of an order in its first state, PREPARING at 0 percent."""
    return ProductionOrder(
        id=new_id(),
        user_order_id=user_order_id,
        phase=Phase.PREPARING,
        progress_percent=0,
        notes="",
        prepared_notified_at=None,
        created_at=now,
        updated_at=now,
        version=1,
    )


def merge_lines(lines: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    """Add up quantities of the same product, in the order of first mention."""
    merged: dict[UUID, int] = {}
    for product_id, quantity in lines:
        merged[product_id] = merged.get(product_id, 0) + quantity
    return merged


def new_lines(order_id: UUID, merged: Mapping[UUID, int]) -> list[ProductionLine]:
    """Make the lines of a production order, in the order of the mapping."""
    return [
        ProductionLine(order_id, product_id, position, quantity)
        for position, (product_id, quantity) in enumerate(merged.items())
    ]


def advance(current: Progress, phase: Phase, percent: int | None) -> Progress:
    """Move on; the present state again is accepted. Completed is always 100 percent.

    Args:
        current: The present phase and progress.
        phase: The present phase or a later one.
        percent: 0 to 100, not below the present progress; None keeps it.

    Raises:
        FailedPreconditionError: Phase (PHASE_BACKWARDS) or progress (PROGRESS_BACKWARDS) would move back.
    """
    allowed = PHASES[PHASES.index(current.phase) :]
    if phase not in allowed:
        raise FailedPreconditionError(
            f"A production order in {current.phase} cannot go back to {phase}.",
            code="PHASE_BACKWARDS",
            metadata={"phase": current.phase, "allowed": ", ".join(allowed)},
        )
    if phase is Phase.COMPLETED:
        return Progress(phase, DONE)
    if percent is not None and percent < current.percent:
        raise FailedPreconditionError(
            f"A production order at {current.percent}% cannot go back to {percent}%.",
            code="PROGRESS_BACKWARDS",
            metadata={"progress_percent": str(current.percent)},
        )
    return Progress(phase, current.percent if percent is None else percent)


def report(order: ProductionOrder, phase: Phase, percent: int | None, notes: str | None) -> ProductionOrder:
    """Return the production order as the kitchen reports it; an equal one when nothing changes.

    Args:
        order: The production order.
        phase: The present phase or a later one.
        percent: 0 to 100; None keeps the present progress.
        notes: Replaces the notes; None keeps them.

    Raises:
        FailedPreconditionError: Phase (PHASE_BACKWARDS) or progress (PROGRESS_BACKWARDS) would move back.
    """
    progress = advance(Progress(order.phase, order.progress_percent), phase, percent)
    return msgspec.structs.replace(
        order,
        phase=progress.phase,
        progress_percent=progress.percent,
        notes=order.notes if notes is None else notes,
    )


def require_same_lines(
    order: ProductionOrder, lines: Sequence[ProductionLine], merged: Mapping[UUID, int]
) -> None:
    """Refuse to create a production order again with other lines than it has.

    Raises:
        AlreadyExistsError: The lines differ (PRODUCTION_ORDER_EXISTS).
    """
    if {line.product_id: line.quantity for line in lines} != dict(merged):
        raise AlreadyExistsError(
            f"Order {order.user_order_id} has a production order with other lines.",
            code="PRODUCTION_ORDER_EXISTS",
            metadata={"production_order_id": str(order.id)},
        )


def require_user_order(order: ProductionOrder, user_order_id: UUID) -> None:
    """Refuse a production order that is named together with an order which is not its own.

    Raises:
        NotFoundError: It is that of another order (PRODUCTION_ORDER_NOT_FOUND).
    """
    if order.user_order_id != user_order_id:
        raise NotFoundError(
            f"Production order {order.id} is not that of order {user_order_id}.",
            code="PRODUCTION_ORDER_NOT_FOUND",
        )


def require_removable(order: ProductionOrder) -> None:
    """Refuse to delete a production order that is completed.

    Raises:
        FailedPreconditionError: It is completed (PRODUCTION_ORDER_COMPLETED).
    """
    if order.phase is Phase.COMPLETED:
        raise FailedPreconditionError(
            "A completed production order cannot be deleted.", code="PRODUCTION_ORDER_COMPLETED"
        )


def require_version(order: ProductionOrder, version: int | None) -> None:
    """Refuse a change that was decided on an older version; None decides on any.

    Raises:
        AbortedError: The production order has another version by now (PRODUCTION_ORDER_CHANGED).
    """
    if version is not None and version != order.version:
        raise AbortedError(
            "Somebody changed this production order meanwhile; read it again.",
            code="PRODUCTION_ORDER_CHANGED",
            metadata={"version": str(order.version)},
        )
