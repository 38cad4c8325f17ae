"""The middleware around every REST request: identity, trace, deadline, idempotency, metrics."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from bunmart_chassis.context.call import _CURRENT as CURRENT
from bunmart_chassis.context.call import DEFAULT_DEADLINE_SECONDS, Call, deadline_in
from bunmart_chassis.errors import UnauthenticatedError
from bunmart_chassis.idempotency.answers import IdempotentCall, StoredAnswer
from bunmart_chassis.identity import TokenVerifier
from bunmart_chassis.ids import new_id
from bunmart_chassis.rest.problems import send_exception
from bunmart_chassis.telemetry import metrics
from bunmart_chassis.telemetry.tracing import span

if TYPE_CHECKING:
    from bunmart_chassis.storage.database import Database

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MAX_BODY_BYTES = 4 * 1024 * 1024


class CallMiddleware:
    """Opens the call that logs, peers and the unit of work read."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, database: "Database | None") -> None:
        self.app = app
        self._verifier = verifier
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
        scope["state"]["request_id"] = call.request_id
        token = CURRENT.set(call)
        started = time.perf_counter()
        answered = _Answered(send, call.request_id)
        route = str(scope.get("path_template", ""))
        try:
            with span(f"{scope['method']} {route}", SpanKind.SERVER, headers):
                self._identify(scope, headers, call)
                async with asyncio.timeout(DEFAULT_DEADLINE_SECONDS):
                    await self._serve(scope, receive, answered.send, headers, call)
        except Exception as exception:
            if answered.status:
                raise
            await send_exception(
                answered.send, exception, request_id=call.request_id, path=str(scope["path"])
            )
        finally:
            CURRENT.reset(token)
            metrics.HTTP_SECONDS.labels(scope["method"], route, str(answered.status)).observe(
                time.perf_counter() - started
            )

    def _identify(self, scope: Scope, headers: dict[str, str], call: Call) -> None:
        scope["user"] = None
        authorization = headers.get("authorization")
        if not authorization or scope["route_handler"].opt.get("token") == "ignored":
            call.caller = "anonymous"
            return
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "bearer" or not value:
            raise UnauthenticatedError("Authorization must be a bearer token.")
        principal = self._verifier.verify(value.strip())
        scope["user"] = principal
        call.caller = f"user:{principal.user_id}"

    async def _serve(
        self, scope: HTTPScope, receive: Receive, send: Send, headers: dict[str, str], call: Call
    ) -> None:
        key = headers.get("idempotency-key")
        if key is None or self._database is None or scope["method"] not in _UNSAFE:
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        query = scope["query_string"]
        call.idempotency_key = key
        idempotent = IdempotentCall(
            self._database, caller=call.caller, method=call.method, key=key, request=query + b"\n" + body
        )
        if stored := await idempotent.stored():
            await _send_stored(send, stored)
            return
        call.idempotent = idempotent
        await self._serve_once(call, idempotent, scope, body, send)

    async def _serve_once(
        self, call: Call, idempotent: IdempotentCall, scope: Scope, body: bytes, send: Send
    ) -> None:
        recorder = _Recorder()
        try:
            await self.app(scope, _replay_body(body), recorder.send)
        except BaseException:
            await idempotent.rollback()
            raise
        finally:
            call.idempotent = None
        answer = recorder.answer()
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's border between answer and refusal
            await idempotent.rollback()
            # The refusal may come from the twin's effect; then the twin's answer is the right one.
            stored = await idempotent.stored()
        else:
            committed = await idempotent.commit(answer)
            stored = None if committed is answer else committed
        if stored is not None:
            await _send_stored(send, stored)
            return
        for message in recorder.messages:
            await send(message)


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


class _Recorder:
    """Holds an answer back until its effect is committed."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    def answer(self) -> StoredAnswer:
        status, content_type, body = 500, "", b""
        for message in self.messages:
            if message["type"] == "http.response.start":
                status = message["status"]
                found: dict[bytes, bytes] = dict(message["headers"])
                content_type = found.get(b"content-type", b"").decode("latin-1")
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
        return StoredAnswer(status, content_type, body)


async def _read_body(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise ClientException("The request ended before its body.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise RequestEntityTooLarge
    return bytes(body)


def _replay_body(body: bytes) -> Receive:
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send_stored(send: Send, stored: StoredAnswer) -> None:
    headers = [(b"content-type", stored.content_type.encode("latin-1")), (b"idempotent-replayed", b"true")]
    start: Any = {"type": "http.response.start", "status": stored.status, "headers": headers}
    finish: Any = {"type": "http.response.body", "body": stored.body, "more_body": False}
    await send(start)
    await send(finish)
