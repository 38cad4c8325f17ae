"""Envoy's own answers: problem documents for REST, statuses for gRPC, and the undelivered mark."""

from typing import NamedTuple

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.messages import extension

UNDELIVERED = "x-mesh-undelivered"
"""Response header of an inbound sidecar: the application never got the request, so it may be sent again."""

_BODY = "%LOCAL_REPLY_BODY%"
_NOT_DELIVERED_FLAGS = ["UF", "UH", "UO"]
"""Connection failure, no healthy host, overflow: raised before a request leaves for the application."""


class _Problem(NamedTuple):
    status: int
    code: str
    detail: str


_PROBLEMS = (
    _Problem(401, "UNAUTHENTICATED", _BODY),
    _Problem(403, "PERMISSION_DENIED", _BODY),
    _Problem(404, "NOT_FOUND", "There is nothing at this path."),
    _Problem(408, "DEADLINE_EXCEEDED", "The request took too long to arrive."),
    _Problem(413, "PAYLOAD_TOO_LARGE", "The request is too large."),
    _Problem(429, "RESOURCE_EXHAUSTED", "Too many requests; retry in a moment."),
    _Problem(503, "UNAVAILABLE", "The service does not answer; retry in a moment."),
    _Problem(504, "DEADLINE_EXCEEDED", "The service did not answer in time."),
)
_CLIENT_ERROR = _Problem(
    400, "INVALID_ARGUMENT", "The path or the headers of this request are not acceptable."
)
_SERVER_ERROR = _Problem(500, "UNAVAILABLE", "The service does not answer; retry in a moment.")


def local_replies(*, mark_undelivered: bool = False, checks_tokens: bool = False) -> Config:
    """Shape Envoy's own replies like those of the services (RFC 9457); the first mapper that fits decides.

    Args:
        mark_undelivered: On an inbound listener: tell the caller's sidecar when the application never got the
            request. That is exact only because an inbound listener retries nothing.
        checks_tokens: On the edge: tell a bad token from keys that cannot be had.
    """
    undelivered = {"response_flag_filter": {"flags": _NOT_DELIVERED_FLAGS}}
    mark = {"headers_to_add": [_header(UNDELIVERED, "1")]}
    mappers: list[Config] = []
    if mark_undelivered:
        mappers.append({"filter": {"and_filter": {"filters": [_is_grpc(), undelivered]}}, **mark})
    # A body would become the grpc-message.
    mappers.append({"filter": _is_grpc()})
    if mark_undelivered:
        mappers.append({"filter": undelivered, **mark, **_document(_SERVER_ERROR)})
    if checks_tokens:
        mappers += _token_replies()
    mappers += [{"filter": _status("EQ", item.status), **_document(item)} for item in _PROBLEMS]
    mappers += [
        {"filter": _status("GE", item.status), **_document(item)} for item in (_SERVER_ERROR, _CLIENT_ERROR)
    ]
    return {"mappers": mappers}


def _token_replies() -> list[Config]:
    # Nobody should be signed out because the keys could not be fetched.
    no_keys = _Problem(503, "UNAVAILABLE", "Access tokens cannot be checked now; retry in a moment.")
    # Envoy says 403 of a wrong audience; RFC 6750 says 401 of every token that is not valid.
    bad_token = _Problem(401, "UNAUTHENTICATED", _BODY)
    return [
        {"filter": _details_start_with(details), "status_code": problem.status, **_document(problem)}
        for details, problem in (
            ("jwt_authn_access_denied{Jwks_remote_fetch_is_failed", no_keys),
            ("jwt_authn_access_denied", bad_token),
        )
    ]


def _details_start_with(text: str) -> Config:
    expression = extension(
        "envoy.access_loggers.extension_filters.cel",
        "extensions.access_loggers.filters.cel.v3.ExpressionFilter",
        expression=f"response.code_details.startsWith('{text}')",
    )
    return {"extension_filter": expression}


def _document(problem: _Problem) -> Config:
    fields = {
        "type": f"urn:bunmart:error:{problem.code.lower().replace('_', '-')}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": "%RESPONSE_CODE%",
        "detail": problem.detail,
        "code": problem.code,
        "instance": "%PATH(NQ:PATH)%",
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    return {"body_format_override": {"json_format": fields, "content_type": "application/problem+json"}}


def _status(operator: str, status: int) -> Config:
    value = {"default_value": status, "runtime_key": "bunmart.local_reply_status"}
    return {"status_code_filter": {"comparison": {"op": operator, "value": value}}}


def _is_grpc() -> Config:
    return {
        "header_filter": {"header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}}}
    }


def _header(name: str, value: str) -> Config:
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
