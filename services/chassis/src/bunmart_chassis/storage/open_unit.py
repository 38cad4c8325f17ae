"""A guard: while a unit of work is open, its call runs no statement beside it.

Such a statement would not see what the unit wrote, would survive the unit's rollback, and would wait for a
second connection while it holds one: as many calls as the pool has connections could wait for each other.
It is a defect, and any test that runs this code finds it.
"""

from contextvars import ContextVar

_OPEN: ContextVar[bool] = ContextVar("bunmart_unit_open", default=False)


def note_unit() -> None:
    """Remember that this task has a unit of work open."""
    _OPEN.set(True)


def forget_unit() -> None:
    """Remember that the unit has ended."""
    _OPEN.set(False)


def require_no_unit() -> None:
    """Refuse a statement that would run beside the open unit of work.

    Raises:
        RuntimeError: A unit is open in this task.
    """
    if _OPEN.get():
        raise RuntimeError("a unit of work is open: run the statement in it, not on the database")
