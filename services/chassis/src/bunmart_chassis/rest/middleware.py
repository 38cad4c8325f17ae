"""The middleware around every REST request: identity, trace, deadline, unit of work, metrics."""

import asyncio
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from bunmart_chassis.context import DEFAULT_DEADLINE_SECONDS, Call, deadline_in, serving
from bunmart_chassis.errors import UnauthenticatedError
from bunmart_chassis.idempotency import KeyedRequest, StoredAnswer, answer_once
from bunmart_chassis.identity import AccessGuard, TokenVerifier
from bunmart_chassis.ids import new_id
from bunmart_chassis.rest.problems import send_exception
from bunmart_chassis.rest.recording import Recorder, read_body, replay_body, send_stored
from bunmart_chassis.storage import Database, UnitOfWork
from bunmart_chassis.telemetry import metrics, span

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANSWERS_NOT_STORED = {"answers": "not stored"}
"""``opt`` of a controller or route with passwords and tokens. Nothing is stored under its idempotency keys:
the store keeps answers in clear, and a password could be guessed from the digest of a request."""
VISITORS_ANSWERS_NOT_STORED = {"answers": "not stored for visitors"}
"""``opt`` of a controller or route whose answer to a caller who is not signed in holds a secret. The store
cannot tell such callers apart, so two of them with the same key would get the same answer."""


class CallMiddleware:
    """Opens the call that logs and peers read, and ends its unit of work together with the answer.

    A controller or route changes that by its ``opt``: ``TOKEN_IGNORED``, ``ANSWERS_NOT_STORED``,
    ``VISITORS_ANSWERS_NOT_STORED``.
    """

    def __init__(
        self, app: ASGIApp, verifier: TokenVerifier, access: AccessGuard, database: Database | None
    ) -> None:
        self.app = app
        self._verifier = verifier
        self._access = access
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        await self._call(scope, receive, send)

    async def _call(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(
            method=f"{scope['method']} {scope['path']}",
            request_id=headers.get("x-request-id") or str(new_id()),
            deadline=deadline_in(),
        )
        outage = None if self._database is None else self._database.outage
        scope["state"].update(request_id=call.request_id, outage=outage)
        started = time.perf_counter()
        answered = _Answered(send, call.request_id)
        route = str(scope.get("path_template", ""))
        with serving(call):
            try:
                with span(f"{scope['method']} {route}", SpanKind.SERVER, headers):
                    async with asyncio.timeout(DEFAULT_DEADLINE_SECONDS):
                        await self._identify(scope, headers, call)
                        await self._serve(scope, receive, answered.send, headers, call)
            except Exception as exception:
                if answered.status:
                    raise
                path = str(scope["path"])
                await send_exception(answered.send, exception, outage, request_id=call.request_id, path=path)
            finally:
                metrics.HTTP_SECONDS.labels(scope["method"], route, str(answered.status)).observe(
                    time.perf_counter() - started
                )

    async def _identify(self, scope: HTTPScope, headers: dict[str, str], call: Call) -> None:
        scope["user"] = None
        authorization = headers.get("authorization")
        if not authorization or scope["route_handler"].opt.get("token") == "ignored":
            call.caller = "anonymous"
            return
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "bearer" or not value:
            raise UnauthenticatedError("Authorization must be a bearer token.")
        principal = self._verifier.verify(value.strip())
        principal = await self._access.admit(principal, changes=scope["method"] in _UNSAFE)
        scope["user"] = principal
        call.caller = f"user:{principal.user_id}"

    async def _serve(
        self, scope: HTTPScope, receive: Receive, send: Send, headers: dict[str, str], call: Call
    ) -> None:
        if self._database is None or scope["method"] not in _UNSAFE:
            await self.app(scope, receive, send)
            return
        request = None
        if (key := headers.get("idempotency-key")) is not None:
            body = await read_body(receive)
            receive = replay_body(body)
            call.idempotency_key = key
            content = scope["query_string"] + b"\n" + body
            request = KeyedRequest.of(caller=call.caller, method=call.method, key=key, request=content)
        recorder = Recorder()

        async def work(unit: UnitOfWork) -> StoredAnswer:
            scope["state"]["unit"] = unit
            await self.app(scope, receive, recorder.send)
            return recorder.answer()

        answer = await answer_once(self._database, request if _stores_answers(scope) else None, work)
        if answer.replayed:
            await send_stored(send, answer)
        else:
            await recorder.play(send)


def _stores_answers(scope: HTTPScope) -> bool:
    option = scope["route_handler"].opt.get("answers")
    if option == VISITORS_ANSWERS_NOT_STORED["answers"]:
        return scope["user"] is not None
    return bool(option != ANSWERS_NOT_STORED["answers"])


class _Answered:
    """Notes the status and adds ``x-request-id`` to the answer."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id.encode("latin-1", "replace")
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self._request_id)]
        await self._send(message)
