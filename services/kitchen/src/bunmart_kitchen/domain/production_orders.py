"""The rules of a production order: its phases, its progress, its cancellation."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart_chassis.errors import AbortedError, FailedPreconditionError, NotFoundError
from bunmart_chassis.ids import new_id

MAX_NOTES = 2000
"""Characters of the staff's notes, and of the customer's note."""
MAX_ORDER_NUMBER = 40
MAX_REASON = 200
"""Characters of the reason of a cancellation."""
DONE = 100
"""Progress of a completed production order, in percent."""


class Phase(enum.StrEnum):
    """Phases of a production order. CANCELLED ends one whose order was cancelled before it was COMPLETED."""

    PREPARING = "PREPARING"
    BAKING = "BAKING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


PHASES = (Phase.PREPARING, Phase.BAKING, Phase.COMPLETED)
"""The phases that the kitchen reports, in their order."""


class ProductionOrder(msgspec.Struct):
    """A production order.

    Attributes:
        user_order_id: The order of the order service; None for goods that nobody ordered, such as samples.
        progress_percent: 0 to 100.
        notes: Of the kitchen staff.
        version: Counts the changes.
        order_number: The number of the order that people read to each other.
        order_note: The customer's note to the whole order, such as an allergy.
        cancel_reason: Why nobody bakes it any more; empty unless it is CANCELLED.
        customer_id: The customer of the order; None when the order service did not say it.
    """

    id: UUID
    user_order_id: UUID | None
    phase: Phase
    progress_percent: int
    notes: str
    prepared_notified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    order_number: str
    order_note: str
    cancel_reason: str
    customer_id: UUID | None


class Progress(NamedTuple):
    """The phase of a production order and its progress in percent."""

    phase: Phase
    percent: int


class OrderFacts(NamedTuple):
    """The facts of an order: what the baker reads beside the lines, and whose it is."""

    number: str = ""
    note: str = ""
    customer_id: UUID | None = None


def new_production_order(user_order_id: UUID | None, facts: OrderFacts, now: datetime) -> ProductionOrder:
    """Make a production order in its first state, PREPARING at 0 percent."""
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
        order_number=facts.number,
        order_note=facts.note,
        cancel_reason="",
        customer_id=facts.customer_id,
    )


def cancel(order: ProductionOrder, reason: str) -> ProductionOrder:
    """Return the production order as nobody bakes it any more; one that is COMPLETED stays as it is."""
    if order.phase in (Phase.COMPLETED, Phase.CANCELLED):
        return order
    return msgspec.structs.replace(order, phase=Phase.CANCELLED, cancel_reason=reason)


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


def require_open(order: ProductionOrder) -> None:
    """Refuse a change of a production order that is cancelled.

    Raises:
        FailedPreconditionError: It is cancelled (PRODUCTION_ORDER_CANCELLED).
    """
    if order.phase is Phase.CANCELLED:
        raise FailedPreconditionError(
            "The order was cancelled; nobody bakes this any more.",
            code="PRODUCTION_ORDER_CANCELLED",
            metadata={"reason": order.cancel_reason},
        )


def require_not_cancelled(user_order_id: UUID, *, cancelled: bool) -> None:
    """Refuse a production order for an order that was cancelled.

    Raises:
        FailedPreconditionError: The order was cancelled (ORDER_CANCELLED).
    """
    if cancelled:
        raise FailedPreconditionError(
            f"Order {user_order_id} was cancelled; it is not baked.", code="ORDER_CANCELLED"
        )


def require_given_by_order(order: ProductionOrder | None, user_order_id: UUID) -> ProductionOrder:
    """Refuse to start the production of an order by hand: the order service alone knows if it is paid.

    Raises:
        FailedPreconditionError: The order service has not asked for it (ORDER_NOT_IN_PRODUCTION).
    """
    if order is None:
        raise FailedPreconditionError(
            f"Order {user_order_id} was not given to the kitchen. Produce it at the order, or leave out "
            "user_order_id to make goods that nobody ordered.",
            code="ORDER_NOT_IN_PRODUCTION",
        )
    return order


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
    """Refuse to delete a production order that is completed, or that an order waits for.

    Raises:
        FailedPreconditionError: It is completed (PRODUCTION_ORDER_COMPLETED), or an order has it
            (PRODUCTION_ORDER_OF_ORDER): without it that order could never become prepared.
    """
    if order.phase is Phase.COMPLETED:
        raise FailedPreconditionError(
            "A completed production order cannot be deleted.", code="PRODUCTION_ORDER_COMPLETED"
        )
    if order.user_order_id is not None:
        raise FailedPreconditionError(
            "An order waits for it. Cancel the order; that ends its production too.",
            code="PRODUCTION_ORDER_OF_ORDER",
            metadata={"user_order_id": str(order.user_order_id)},
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
