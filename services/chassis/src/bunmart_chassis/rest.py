"""The Litestar application of a service: its controllers behind the chassis' middleware and error mapping."""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Controller, Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from bunmart_chassis.auth import TokenVerifier, provide_principal, provide_visitor
from bunmart_chassis.calls import current
from bunmart_chassis.errors import (
    BunmartError,
    InternalError,
    InvalidArgumentError,
    Violation,
    from_exception,
    problem,
)
from bunmart_chassis.rest_call import MAX_BODY_BYTES, CallMiddleware

if TYPE_CHECKING:
    from bunmart_chassis.db import Database

log = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"
_FIELD_IN_MESSAGE = re.compile(r"`(\$?[^`]*)`$")
_MISSING_FIELD = re.compile(r"missing required field `([^`]+)`")
_UNKNOWN_FIELD = re.compile(r"contains unknown field `([^`]+)`")


class Schema(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies: an unknown field is refused by name instead of being ignored."""


def create_rest_app(
    *,
    service: str,
    controllers: Sequence[type[Controller]],
    dependencies: Mapping[str, object],
    verifier: TokenVerifier,
    database: "Database | None",
) -> Litestar:
    """Assemble the application.

    Args:
        service: The service's name, for the OpenAPI document.
        controllers: Its controllers, mounted at the paths that the ingress routes to them.
        dependencies: What handlers may ask for by name, shared by all requests.
        verifier: Verifies access tokens.
        database: Where idempotency keys are stored; None for a part without one.
    """
    shared = {name: _provide_shared(value) for name, value in dependencies.items()}

    def with_call(app: ASGIApp) -> ASGIApp:
        return CallMiddleware(app, verifier, database)

    return Litestar(
        route_handlers=list(controllers),
        dependencies={
            "principal": Provide(provide_principal, sync_to_thread=False),
            "visitor": Provide(provide_visitor, sync_to_thread=False),
            **shared,
        },
        middleware=[with_call],
        exception_handlers={Exception: answer_exception},
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title=f"BunMart {service}",
            version="1",
            path="/schema",
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
            ),
        ),
    )


def _provide_shared(value: object) -> Provide:
    def provide() -> Any:
        return value

    return Provide(provide, sync_to_thread=False, use_cache=True)


def answer_exception(request: Request[Any, Any, Any], exception: Exception) -> Response[bytes]:
    """Answer any exception as ``application/problem+json``; a defect is logged, its text stays here."""
    status: int | None = None
    if isinstance(exception, ValidationException):
        error: BunmartError = _from_validation(exception)
    elif isinstance(exception, HTTPException):
        error, status = _from_http(exception)
    else:
        error = from_exception(exception)
    if isinstance(error, InternalError):
        log.error("request failed", exc_info=exception)
    call = current()
    body = problem(error, request_id=call.request_id if call else "", instance=request.url.path)
    if status is not None:
        body |= {"status": status, "title": HTTPStatus(status).phrase}
    headers = {"www-authenticate": "Bearer"} if body["status"] == 401 else {}  # noqa: PLR2004
    return Response(
        msgspec.json.encode(body), status_code=body["status"], media_type=PROBLEM_JSON, headers=headers
    )


def _from_http(exception: HTTPException) -> tuple[BunmartError, int]:
    """Litestar's own refusals: no such route or method, unreadable body, too large."""
    code = {404: "ROUTE_NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}.get(
        exception.status_code, "BAD_REQUEST"
    )
    if exception.status_code >= 500:  # noqa: PLR2004
        return from_exception(exception), 500
    kind = type("_HttpError", (BunmartError,), {})
    error = kind(exception.detail or "Bad request.", code=code)
    return error, exception.status_code


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
    if key:
        return key
    found = _FIELD_IN_MESSAGE.search(message)
    return found.group(1).removeprefix("$.") if found else "body"
