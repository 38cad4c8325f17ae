"""A guard: while a unit of work is open, its task runs no statement beside it and calls no peer.

A statement beside the unit would not see what the unit wrote, would survive its rollback, and would wait for
a second connection while the task holds one: as many calls as the pool has connections could wait for each
other. A call to a peer would hold connection and row locks for as long as the network is slow. Both are
defects of ours, and any test that passes there meets them.
"""

from contextvars import ContextVar

_OPEN: ContextVar[object | None] = ContextVar("bunmart_open_unit", default=None)


def note_unit(unit: object) -> None:
    """Remember the unit of work that this task has open."""
    _OPEN.set(unit)


def forget_unit(unit: object) -> None:
    """Remember that this unit has ended."""
    if _OPEN.get() is unit:
        _OPEN.set(None)


def require_no_unit() -> None:
    """Refuse what must not happen while a unit of work is open.

    Raises:
        RuntimeError: A unit is open in this task.
    """
    if _OPEN.get() is not None:
        raise RuntimeError("a unit of work is open: run the statement in it, and call peers before it")
