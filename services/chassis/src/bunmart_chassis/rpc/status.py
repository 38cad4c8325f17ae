"""Errors on the gRPC wire: a ``google.rpc.Status`` in the trailing metadata, both ways."""

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from bunmart_chassis.errors import (
    BY_STATUS,
    DOMAIN,
    PEER_FAILED,
    BunmartError,
    InternalError,
    UnavailableError,
    Violation,
)


def to_status(error: BunmartError) -> grpc.Status:
    """Pack an error with ``ErrorInfo``, and with ``BadRequest`` or ``RetryInfo`` where it has such facts."""
    info = error_details_pb2.ErrorInfo(reason=error.code, domain=DOMAIN, metadata=error.metadata)
    details = [_pack(info)]
    if error.violations:
        bad = error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=item.field, description=item.message)
                for item in error.violations
            ]
        )
        details.append(_pack(bad))
    if error.retry_seconds is not None:
        retry = error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=error.retry_seconds))
        details.append(_pack(retry))
    code = int(error.status.value[0])
    packed: grpc.Status = rpc_status.to_status(
        status_pb2.Status(code=code, message=error.message, details=details)
    )
    return packed


def from_rpc_error(error: grpc.aio.AioRpcError, peer: str) -> BunmartError:
    """Read a peer's refusal so that it can be passed on to our own caller.

    A peer's defect (INTERNAL, UNKNOWN) and a denial by the mesh are not the caller's fault: the first is
    UNAVAILABLE for it, the second a defect of our call policy.
    """
    kind = BY_STATUS.get(error.code())
    message = error.details() or f"{peer} did not answer."
    if kind is None or error.code() is grpc.StatusCode.UNAUTHENTICATED:
        return UnavailableError(f"{peer} could not answer; retry in a moment.", code=PEER_FAILED)
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return UnavailableError(f"{peer} does not answer; retry in a moment.", code="PEER_UNAVAILABLE")
    status = _rich_status(error)
    if status is None:
        if error.code() is grpc.StatusCode.PERMISSION_DENIED:
            return InternalError(f"The mesh denies this call to {peer}.")
        return kind(message)
    code: str | None = None
    metadata: dict[str, str] = {}
    violations: list[Violation] = []
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(info):
            code, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad):
            violations = [Violation(item.field, item.description) for item in bad.field_violations]
    return kind(message, code=code, metadata=metadata, violations=violations)


def _rich_status(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            return status_pb2.Status.FromString(value)
    return None


def _pack(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
