"""Refusals and defects: one small hierarchy, mapped once to gRPC and once to REST.

Use cases raise these; servicers and controllers never build a status. Over gRPC an error is a status with
``google.rpc.ErrorInfo`` (and ``BadRequest`` when fields are at fault), over REST ``application/problem+json``
(RFC 9457) with the same ``code``.
"""

from bunmart_chassis.errors.kinds import (
    BY_STATUS,
    DOMAIN,
    AbortedError,
    AlreadyExistsError,
    BunmartError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    Violation,
    require_found,
)
from bunmart_chassis.errors.translation import (
    DATABASE_UNAVAILABLE,
    PEER_FAILED,
    from_exception,
    is_outage,
    log_refusal,
)

__all__ = [
    "BY_STATUS",
    "DATABASE_UNAVAILABLE",
    "DOMAIN",
    "PEER_FAILED",
    "AbortedError",
    "AlreadyExistsError",
    "BunmartError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "Violation",
    "from_exception",
    "is_outage",
    "log_refusal",
    "require_found",
]
