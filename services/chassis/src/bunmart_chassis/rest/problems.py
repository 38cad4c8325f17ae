"""Refusals over REST: any exception as ``application/problem+json`` (RFC 9457)."""

import http
import re
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    InternalServerException,
    SerializationException,
    ValidationException,
)
from litestar.types import Message, Send

from bunmart_chassis.errors import (
    DATABASE_UNAVAILABLE,
    BunmartError,
    InvalidArgumentError,
    Violation,
    from_exception,
    log_refusal,
)
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import Outage

PROBLEM_JSON = "application/problem+json"
_FIELD_IN_MESSAGE = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING_FIELD = re.compile(r"missing required field `([^`]+)`")
_UNKNOWN_FIELD = re.compile(r"contains unknown field `([^`]+)`")
_TOO_DEEP = "while deserializing"
"""From msgspec's message: any other recursion without end is a defect of ours."""
_HTTP_CODES = {404: "ROUTE_NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}


def answer_exception(request: Request[Any, Any, Any], exception: Exception) -> Response[bytes]:
    """Answer any exception as a problem document; a defect is logged, its text stays here."""
    # Not from the current call: for a request without a route that is still the connection's previous call.
    in_call = request.scope["state"].get("request_id")
    request_id = in_call or request.headers.get("x-request-id") or str(new_id())
    outage = request.scope["state"].get("outage")
    status, headers, body = _describe(exception, outage, request_id=request_id, path=request.url.path)
    if in_call is None:
        headers["x-request-id"] = request_id
    return Response(body, status_code=status, media_type=PROBLEM_JSON, headers=headers)


async def send_exception(
    send: Send, exception: Exception, outage: Outage | None, *, request_id: str, path: str
) -> None:
    """Answer an exception outside of the application, in the middleware."""
    status, headers, body = _describe(exception, outage, request_id=request_id, path=path)
    headers["content-type"] = PROBLEM_JSON
    headers["content-length"] = str(len(body))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    start: Message = {"type": "http.response.start", "status": status, "headers": raw}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _describe(
    exception: Exception, outage: Outage | None, *, request_id: str, path: str
) -> tuple[int, dict[str, str], bytes]:
    headers: dict[str, str] = {}
    if isinstance(exception, ValidationException):
        error: BunmartError = _from_validation(exception)
    elif (wrong := _why_body_field_wrong(exception)) is not None:
        error = InvalidArgumentError.field(*wrong)
    elif (reason := _why_unreadable(exception)) is not None:
        error = InvalidArgumentError.field("body", reason)
    elif isinstance(exception, HTTPException) and exception.status_code < 500:  # noqa: PLR2004
        error = BunmartError(
            exception.detail or "Bad request.", code=_HTTP_CODES.get(exception.status_code, "BAD_REQUEST")
        )
        headers.update(exception.headers or {})
    else:
        error = from_exception(exception)
    log_refusal(error, exception)
    if outage is not None and error.code == DATABASE_UNAVAILABLE:
        outage.note_failure(exception)
    body = problem(error, request_id=request_id, instance=path)
    if type(error) is BunmartError and isinstance(exception, HTTPException):
        body["status"] = exception.status_code
        body["title"] = http.HTTPStatus(exception.status_code).phrase
    if body["status"] == http.HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if error.retry_seconds is not None:
        headers["retry-after"] = str(error.retry_seconds)
    return body["status"], headers, msgspec.json.encode(body)


def _why_unreadable(exception: Exception) -> str | None:
    """Say what is wrong with a body that is not JSON (or not the form that its type says); else None."""
    match exception:
        case UnicodeDecodeError():
            return "must be UTF-8"
        case RecursionError() if _TOO_DEEP in str(exception):
            return "is nested too deeply"
        case ClientException() if isinstance(exception.__cause__, SerializationException):
            return exception.detail
        case ClientException() if "multipart" in exception.detail:
            return exception.detail
        case _:
            return None


def _why_body_field_wrong(exception: Exception) -> tuple[str, str] | None:
    """Return the field of a body and the reason, where the field is called like a dependency; else None.

    Litestar takes an error at ``data.unit`` for one of the dependency ``unit``, and so for a defect of ours.
    """
    cause = exception.__cause__
    if not isinstance(exception, InternalServerException) or not isinstance(cause, msgspec.ValidationError):
        return None
    message, _, path = str(cause).partition(" - at `$.data.")
    return (path.rstrip("`"), message) if path else None


def _from_validation(exception: ValidationException) -> BunmartError:
    """Name the field: Litestar gives msgspec's path as key, or only in the text."""
    violations = []
    for item in exception.extra if isinstance(exception.extra, list) else []:
        message = str(item.get("message", ""))
        field = str(item.get("key") or "")
        violations.append(Violation(_field_name(field, message), message))
    if not violations:
        violations = [Violation(_field_name("", exception.detail), exception.detail)]
    return InvalidArgumentError(
        "; ".join(f"{item.field}: {item.message}" for item in violations), violations=violations
    )


def _field_name(key: str, message: str) -> str:
    for pattern in (_MISSING_FIELD, _UNKNOWN_FIELD):
        if found := pattern.search(message):
            return f"{key}.{found.group(1)}" if key and key != "data" else found.group(1)
    if key and key != "data":
        return key
    found = _FIELD_IN_MESSAGE.search(message)
    return (found and found.group(1)) or "body"


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
