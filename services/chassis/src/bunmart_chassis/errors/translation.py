"""Turns any exception into an error of the hierarchy, and logs those that operators must see."""

import logging

import asyncpg
import msgspec
from google.protobuf.message import DecodeError

from bunmart_chassis.errors.kinds import (
    AbortedError,
    AlreadyExistsError,
    BunmartError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    UnavailableError,
)

log = logging.getLogger(__name__)
DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
_DEFECT = "Something went wrong on our side."
PEER_FAILED = "PEER_FAILED"
_DATABASE_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # Raised when the server dies in the middle of an answer ("cannot switch to state 12; another operation
    # (2) is in progress"), and when a cached statement is older than the schema: another try succeeds.
    asyncpg.InternalClientError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.PostgresSystemError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
    OSError,
)


def from_exception(error: BaseException) -> BunmartError:  # noqa: PLR0911 - one return per kind
    """Turn any exception into the error that the caller is told.

    A value that the database refuses is the caller's mistake (INVALID_ARGUMENT). A database that is down or
    busy is UNAVAILABLE, and a conflict with a concurrent change is ABORTED. Everything else is a defect. Of
    the errors of a task group the first one counts.
    """
    match error:
        case BaseExceptionGroup():
            return from_exception(error.exceptions[0])
        case InternalError():
            return InternalError(_DEFECT, code=error.code)
        case BunmartError():
            return error
        case msgspec.ValidationError():
            return InvalidArgumentError(str(error))
        case DecodeError():
            return InvalidArgumentError.field("request", "is not a message of this RPC")
        case UnicodeError():
            return InvalidArgumentError("A value is not valid text.")
        case TimeoutError():
            return DeadlineExceededError("The time for this request ran out.")
        case _:
            return _from_database(error) or InternalError(_DEFECT)


def _from_database(error: BaseException) -> BunmartError | None:  # noqa: PLR0911 - one return per kind
    match error:
        case asyncpg.DeadlockDetectedError() | asyncpg.SerializationError() | asyncpg.LockNotAvailableError():
            return AbortedError("A concurrent change won; read again and retry.")
        case asyncpg.UniqueViolationError():
            return AlreadyExistsError(
                "It exists already.", metadata={"constraint": error.constraint_name or ""}
            )
        case asyncpg.IntegrityConstraintViolationError():
            return FailedPreconditionError(
                "The data does not allow it.", metadata={"constraint": error.constraint_name or ""}
            )
        case asyncpg.DataError():
            return InvalidArgumentError("A value cannot be stored: too large or not valid text.")
        case asyncpg.InterfaceError() if isinstance(error, ValueError):
            # A value that does not fit its parameter is refused by asyncpg itself, before it is sent.
            return InvalidArgumentError("A value cannot be stored: too large or not valid text.")
        case _ if isinstance(error, _DATABASE_GONE):
            return UnavailableError(
                "The database does not answer; retry in a moment.", code=DATABASE_UNAVAILABLE
            )
        case _:
            return None


def is_outage(error: BaseException) -> bool:
    """True when time mends it: a database or a peer is absent, dying or starting.

    A peer that answers with a defect of its own (code PEER_FAILED) is not absent, so that is no outage.
    """
    told = from_exception(error)
    return isinstance(told, UnavailableError) and told.code != PEER_FAILED


def log_refusal(error: BunmartError, exception: BaseException) -> None:
    """Log a defect with its traceback; ``storage.Outage`` logs an outage, other errors are the caller's."""
    if isinstance(error, InternalError):
        log.error("call failed", exc_info=exception)
