"""The one error hierarchy, and the one place that maps it to gRPC and HTTP.

Use cases raise these; servicers and controllers never build a status. Over gRPC an error is a status with
``google.rpc.ErrorInfo`` (and ``BadRequest`` when fields are at fault), over REST ``application/problem+json``
(RFC 9457) with the same ``code``.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import asyncpg
import grpc
import msgspec
from google.protobuf.message import DecodeError

log = logging.getLogger(__name__)
DOMAIN = "bunmart"


class Violation(NamedTuple):
    """One field of a request that is not acceptable."""

    field: str
    message: str


class BunmartError(Exception):
    """What a caller is told when an operation is refused.

    Args:
        message: One sentence for the person who reads it.
        code: A stable upper-case reason for programs (``google.rpc.ErrorInfo.reason``).
        metadata: Further facts, for example the transitions that an order allows.
        violations: The fields at fault.
    """

    status: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL
    http_status: ClassVar[int] = 500
    default_code: ClassVar[str] = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.metadata = dict(metadata or {})
        self.violations = list(violations)


class InvalidArgumentError(BunmartError):
    """The request itself is wrong, whatever the state (INVALID_ARGUMENT, 400)."""

    status = grpc.StatusCode.INVALID_ARGUMENT
    http_status = 400
    default_code = "INVALID_ARGUMENT"

    @classmethod
    def field(cls, field: str, message: str) -> "InvalidArgumentError":
        """Name one field and what is wrong with it."""
        return cls(f"{field}: {message}", violations=[Violation(field, message)])


class UnauthenticatedError(BunmartError):
    """Nobody is signed in, or the token is not valid (UNAUTHENTICATED, 401)."""

    status = grpc.StatusCode.UNAUTHENTICATED
    http_status = 401
    default_code = "UNAUTHENTICATED"


class PermissionDeniedError(BunmartError):
    """The caller is known and may not do this (PERMISSION_DENIED, 403)."""

    status = grpc.StatusCode.PERMISSION_DENIED
    http_status = 403
    default_code = "PERMISSION_DENIED"


class NotFoundError(BunmartError):
    """The thing does not exist (NOT_FOUND, 404)."""

    status = grpc.StatusCode.NOT_FOUND
    http_status = 404
    default_code = "NOT_FOUND"


class AlreadyExistsError(BunmartError):
    """Something with that identity exists (ALREADY_EXISTS, 409)."""

    status = grpc.StatusCode.ALREADY_EXISTS
    http_status = 409
    default_code = "ALREADY_EXISTS"


class FailedPreconditionError(BunmartError):
    """The state does not allow the operation; retrying alone changes nothing (FAILED_PRECONDITION, 409)."""

    status = grpc.StatusCode.FAILED_PRECONDITION
    http_status = 409
    default_code = "FAILED_PRECONDITION"


class AbortedError(BunmartError):
    """A concurrent change won; read again and retry (ABORTED, 409)."""

    status = grpc.StatusCode.ABORTED
    http_status = 409
    default_code = "ABORTED"


class ResourceExhaustedError(BunmartError):
    """Too much was asked for (RESOURCE_EXHAUSTED, 429)."""

    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    http_status = 429
    default_code = "RESOURCE_EXHAUSTED"


class UnavailableError(BunmartError):
    """Something we need does not answer; retry with backoff (UNAVAILABLE, 503)."""

    status = grpc.StatusCode.UNAVAILABLE
    http_status = 503
    default_code = "UNAVAILABLE"


class DeadlineExceededError(BunmartError):
    """The caller's time ran out (DEADLINE_EXCEEDED, 504)."""

    status = grpc.StatusCode.DEADLINE_EXCEEDED
    http_status = 504
    default_code = "DEADLINE_EXCEEDED"


class InternalError(BunmartError):
    """A defect of ours. Its text never reaches the caller (INTERNAL, 500)."""


BY_STATUS: dict[grpc.StatusCode, type[BunmartError]] = {
    kind.status: kind
    for kind in (
        InvalidArgumentError,
        UnauthenticatedError,
        PermissionDeniedError,
        NotFoundError,
        AlreadyExistsError,
        FailedPreconditionError,
        AbortedError,
        ResourceExhaustedError,
        UnavailableError,
        DeadlineExceededError,
    )
}

DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
_DEFECT = "Something went wrong on our side."
_DATABASE_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
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

    What the database refuses as data is the caller's mistake, what it refuses because it is down or busy is
    UNAVAILABLE, what it refuses because of a concurrent change is ABORTED. The rest is a defect. Of the
    errors of a task group the first counts.
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


def log_refusal(error: BunmartError, exception: BaseException) -> None:
    """Log what operations must see: a defect with its traceback, a database that does not answer."""
    if isinstance(error, InternalError):
        log.error("call failed", exc_info=exception)
    elif error.code == DATABASE_UNAVAILABLE:
        log.warning("database: %s: %s", type(exception).__name__, exception)


def problem(error: BunmartError, *, request_id: str, instance: str) -> dict[str, Any]:
    """Write an error as an RFC 9457 problem document.

    Args:
        error: What happened.
        request_id: For the logs; the person who reports it quotes it.
        instance: The path of the request.
    """
    body: dict[str, Any] = {
        "type": f"urn:bunmart:error:{error.code.lower().replace('_', '-')}",
        "title": error.status.name.replace("_", " ").capitalize(),
        "status": error.http_status,
        "detail": error.message,
        "code": error.code,
        "instance": instance,
        "request_id": request_id,
    }
    if error.metadata:
        body["metadata"] = error.metadata
    if error.violations:
        body["errors"] = [{"field": item.field, "message": item.message} for item in error.violations]
    return body
