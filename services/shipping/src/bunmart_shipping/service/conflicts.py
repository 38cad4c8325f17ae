"""Refusals that a constraint of the database decides. They end the transaction of the call."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from bunmart_chassis.errors import AlreadyExistsError, FailedPreconditionError


@contextmanager
def refuse_duplicate(constraint: str, *, code: str, message: str) -> Iterator[None]:
    """Refuse a value of the block that must be unique and is taken.

    Args:
        constraint: The unique constraint; the violation of another one is a defect.
        code: The code of the refusal.
        message: Its sentence.

    Raises:
        AlreadyExistsError: The value is taken.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != constraint:
            raise
        raise AlreadyExistsError(message, code=code) from None


@contextmanager
def refuse_in_use(constraint: str, *, code: str, message: str) -> Iterator[None]:
    """Refuse to delete a row in the block to which other rows refer.

    Args:
        constraint: The foreign key; the violation of another one is a defect.
        code: The code of the refusal.
        message: Its sentence.

    Raises:
        FailedPreconditionError: The row is referred to.
    """
    try:
        yield
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name != constraint:
            raise
        raise FailedPreconditionError(message, code=code) from None
