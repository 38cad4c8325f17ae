"""Reads refusals in both dialects."""

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any, NamedTuple

import grpc
import httpx
from google.rpc import error_details_pb2, status_pb2


class RpcError(NamedTuple):
    """What a refused RPC said.

    Attributes:
        status: The gRPC status code.
        reason: ``ErrorInfo.reason``, the stable code; empty without one.
        fields: The violated fields of ``BadRequest``.
        message: The status message.
        metadata: ``ErrorInfo.metadata``.
        retry_seconds: ``RetryInfo.retry_delay``; None without one.
    """

    status: grpc.StatusCode
    reason: str
    fields: list[str]
    message: str
    metadata: dict[str, str]
    retry_seconds: int | None


async def rpc_error(call: Awaitable[Any]) -> RpcError:
    """Await an RPC that must be refused and read the refusal; an answer is an AssertionError."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return _read(error)
    raise AssertionError(f"expected a refusal, got the answer {answer!r}")


def _read(error: grpc.aio.AioRpcError) -> RpcError:
    reason, fields, metadata, retry_seconds = "", [], {}, None
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin" or not isinstance(value, bytes):
            continue
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        retry = error_details_pb2.RetryInfo()
        for detail in status_pb2.Status.FromString(value).details:
            if detail.Unpack(info):
                reason, metadata = info.reason, dict(info.metadata)
            elif detail.Unpack(bad):
                fields = [item.field for item in bad.field_violations]
            elif detail.Unpack(retry):
                retry_seconds = retry.retry_delay.seconds
    return RpcError(error.code(), reason, fields, error.details() or "", metadata, retry_seconds)


def problem(response: httpx.Response) -> dict[str, Any]:
    """Read an RFC 9457 problem document and check what each must have."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:bunmart:error:{body['code'].lower().replace('_', '-')}"
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == response.request.url.path
    assert body["request_id"] == response.headers["x-request-id"]
    assert ("retry-after" in response.headers) or response.status_code != HTTPStatus.SERVICE_UNAVAILABLE
    return body
