"""The error hierarchy: a kind carries its gRPC status and HTTP code, an error a stable code for programs."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeVar

import grpc

DOMAIN = "bunmart"


class Violation(NamedTuple):
    """One field of a request that is not acceptable."""

    field: str
    message: str


class BunmartError(Exception):
    """A refusal of an operation, with all that its caller is told.

    Args:
        message: One sentence for the person who reads it.
        code: A stable upper-case reason for programs (``google.rpc.ErrorInfo.reason``).
        metadata: Further facts, for example the transitions that an order allows.
        violations: The fields at fault.
        retry_seconds: The seconds after which another try may help, if that is known better than by the kind.
    """

    status: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL
    http_status: ClassVar[int] = 500
    default_code: ClassVar[str] = "INTERNAL"
    retry_seconds: int | None = None
    """The caller is told to try again after so many seconds (``Retry-After``, ``google.rpc.RetryInfo``)."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.metadata = dict(metadata or {})
        self.violations = list(violations)
        if retry_seconds is not None:
            self.retry_seconds = retry_seconds


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
    """A thing that the request names does not exist (NOT_FOUND, 404)."""

    status = grpc.StatusCode.NOT_FOUND
    http_status = 404
    default_code = "NOT_FOUND"


class AlreadyExistsError(BunmartError):
    """A thing with that identity exists already (ALREADY_EXISTS, 409)."""

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
    """The caller has sent too many requests, or asked for too much (RESOURCE_EXHAUSTED, 429)."""

    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    http_status = 429
    default_code = "RESOURCE_EXHAUSTED"


class UnavailableError(BunmartError):
    """A database or a peer that the service needs does not answer; retry with backoff (UNAVAILABLE, 503)."""

    status = grpc.StatusCode.UNAVAILABLE
    http_status = 503
    default_code = "UNAVAILABLE"
    retry_seconds = 1


class DeadlineExceededError(BunmartError):
    """The caller's time ran out (DEADLINE_EXCEEDED, 504)."""

    status = grpc.StatusCode.DEADLINE_EXCEEDED
    http_status = 504
    default_code = "DEADLINE_EXCEEDED"


class InternalError(BunmartError):
    """A defect of the service. Its text never reaches the caller (INTERNAL, 500)."""


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


Thing = TypeVar("Thing")


def require_found(row: Thing | None, kind: str, identifier: object) -> Thing:
    """Return the row of a thing, or refuse because there is none.

    Args:
        row: What a query returned.
        kind: The thing in words, ``order`` or ``price rule``; it names the code.
        identifier: The identifier under which the caller looked for it.

    Raises:
        NotFoundError: There is no row; the code is ``ORDER_NOT_FOUND`` for the kind ``order``.
    """
    if row is None:
        code = f"{kind.upper().replace(' ', '_')}_NOT_FOUND"
        raise NotFoundError(f"No {kind} {identifier}.", code=code)
    return row
