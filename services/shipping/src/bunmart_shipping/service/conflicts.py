"""Names what a constraint of the database stands for."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from bunmart_chassis.errors import AlreadyExistsError, FailedPreconditionError


@contextmanager
def refuse_twins(code: str, message: str) -> Iterator[None]:
    """A value that must be unique is taken: ALREADY_EXISTS with a code of its own."""
    try:
        yield
    except asyncpg.UniqueViolationError:
        raise AlreadyExistsError(message, code=code) from None


@contextmanager
def refuse_in_use(code: str, message: str) -> Iterator[None]:
    """A row that others refer to is to be removed: FAILED_PRECONDITION with a code of its own."""
    try:
        yield
    except asyncpg.ForeignKeyViolationError:
        raise FailedPreconditionError(message, code=code) from None
