"""Refusals that a constraint of the database decides.

A use case does not look first whether a value is free or a reference exists, because another call may change
that before it writes. It writes, and states what the caller is told when a constraint stands in the way.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import msgspec

from bunmart_chassis.errors import (
    AlreadyExistsError,
    BunmartError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    Violation,
)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a caller whose write a constraint refuses.

    Attributes:
        constraint: Its name in the database.
        kind: The kind of error; it decides the gRPC status and the HTTP code.
        message: One sentence for the person who reads it.
        code: The reason for programs; None for that of the kind.
        field: The field of the request that is at fault; None where no field is.
    """

    constraint: str
    kind: type[BunmartError]
    message: str
    code: str | None = None
    field: str | None = None

    def error(self) -> BunmartError:
        """Make the error that the use case raises."""
        violations = [] if self.field is None else [Violation(self.field, self.message)]
        named = self.kind is InvalidArgumentError and self.field is not None
        message = f"{self.field}: {self.message}" if named else self.message
        return self.kind(message, code=self.code, violations=violations)


def taken(constraint: str, *, code: str, message: str, field: str | None = None) -> Refusal:
    """Describe a value that must be unique and that another row has (ALREADY_EXISTS, 409)."""
    return Refusal(constraint=constraint, kind=AlreadyExistsError, message=message, code=code, field=field)


def unknown(constraint: str, *, field: str, message: str) -> Refusal:
    """Describe a reference in a field to a row that does not exist (INVALID_ARGUMENT, 400)."""
    return Refusal(constraint=constraint, kind=InvalidArgumentError, message=message, field=field)


def missing(constraint: str, *, code: str, message: str, field: str | None = None) -> Refusal:
    """Describe the thing that the call is about and that does not exist (NOT_FOUND, 404)."""
    return Refusal(constraint=constraint, kind=NotFoundError, message=message, code=code, field=field)


def in_use(constraint: str, *, code: str, message: str) -> Refusal:
    """Describe a row that cannot be deleted because others refer to it (FAILED_PRECONDITION, 409)."""
    return Refusal(constraint=constraint, kind=FailedPreconditionError, message=message, code=code)


@contextmanager
def refused(*refusals: Refusal) -> Iterator[None]:
    """Tell the caller what it can mend when one of these constraints refuses a statement of the block.

    The refusal ends the call: Postgres takes no further statement in that transaction. The violation of
    another constraint passes unchanged.

    Raises:
        BunmartError: The error of the refusal whose constraint is violated.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        for refusal in refusals:
            if refusal.constraint == error.constraint_name:
                raise refusal.error() from None
        raise
