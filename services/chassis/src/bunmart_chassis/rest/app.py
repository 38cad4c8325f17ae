"""The Litestar application of a service: its controllers behind the chassis' middleware and error mapping."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Controller, Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from bunmart_chassis.identity import (
    AccessGuard,
    TokenVerifier,
    provide_client,
    provide_principal,
    provide_visitor,
)
from bunmart_chassis.paging import provide_page
from bunmart_chassis.rest.middleware import CallMiddleware
from bunmart_chassis.rest.problems import answer_exception
from bunmart_chassis.rest.recording import MAX_BODY_BYTES
from bunmart_chassis.storage import Database, UnitOfWork


class Schema(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies: an unknown field is refused by name instead of being ignored."""


def create_rest_app(
    *,
    service: str,
    controllers: Sequence[type[Controller] | Router],
    dependencies: Mapping[str, object],
    verifier: TokenVerifier,
    access: AccessGuard,
    database: Database | None,
) -> Litestar:
    """Assemble the application.

    Args:
        service: The service's name, for the OpenAPI document.
        controllers: Its controllers, mounted at the paths that the ingress routes to them.
        dependencies: What handlers may ask for by name, shared by all requests.
        verifier: Verifies access tokens.
        access: Refuses those that ended early.
        database: Where idempotency keys are stored; None for a part without one.
    """
    shared = {name: _provide_shared(value) for name, value in dependencies.items()}

    def with_call(app: ASGIApp) -> ASGIApp:
        return CallMiddleware(app, verifier, access, database)

    return Litestar(
        route_handlers=list(controllers),
        dependencies={
            "client": Provide(provide_client, sync_to_thread=False),
            "principal": Provide(provide_principal, sync_to_thread=False),
            "visitor": Provide(provide_visitor, sync_to_thread=False),
            "unit": Provide(provide_unit, sync_to_thread=False),
            "page": Provide(provide_page, sync_to_thread=False),
            **shared,
        },
        middleware=[with_call],
        exception_handlers={Exception: answer_exception},
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        openapi_config=_document(service),
    )


def _document(service: str) -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
    return OpenAPIConfig(
        title=f"BunMart {service}",
        version="1",
        path="/schema",
        components=Components(security_schemes={"bearer": bearer}),
    )


def provide_unit(scope: dict[str, Any]) -> UnitOfWork:
    """Litestar dependency ``unit``: the unit of work of the call, committed together with its answer.

    Raises:
        RuntimeError: The handler is one of GET, which changes nothing and has no unit.
    """
    unit: UnitOfWork | None = scope["state"].get("unit")
    if unit is None:
        raise RuntimeError("a GET has no unit of work")
    return unit


def _provide_shared(value: object) -> Provide:
    def provide() -> Any:
        return value

    return Provide(provide, sync_to_thread=False, use_cache=True)
