"""The interceptor around every RPC: opens its call and its unit of work, maps errors, measures."""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from opentelemetry.trace import SpanKind

from bunmart_chassis.context import Call, caller_from_certificate, deadline_in, serving
from bunmart_chassis.errors import DATABASE_UNAVAILABLE, BunmartError, from_exception, log_refusal
from bunmart_chassis.idempotency import KeyedRequest, StoredAnswer, answer_once
from bunmart_chassis.ids import new_id
from bunmart_chassis.rpc.call_context import CallContext, Context
from bunmart_chassis.rpc.status import to_status
from bunmart_chassis.storage import Database, UnitOfWork
from bunmart_chassis.telemetry import metrics, span

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Handler = grpc.RpcMethodHandler

Behaviour = Callable[[Any, Any], Awaitable[Any]]
Read = Callable[[bytes], Message]
MAX_CALL_SECONDS = 30.0
_READS = descriptor_pb2.MethodOptions.IdempotencyLevel.NO_SIDE_EFFECTS


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Serves each RPC as a call: read the request, answer it once, turn what is raised into a status."""

    def __init__(self, database: Database | None) -> None:
        self._database = database
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Wrap unary handlers of ours; health and reflection stay as they are."""
        method = handler_call_details.method
        found = self._wrapped.get(method)
        if found is not None:
            return found
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None or not method.startswith("/bunmart."):
            return handler
        behaviour = cast("Behaviour", handler.unary_unary)
        wrapped: Handler = grpc.unary_unary_rpc_method_handler(
            self._wrap(method, behaviour, cast("Read", handler.request_deserializer)),
            # Read inside of the call: outside, grpc answers UNKNOWN to what is no message.
            request_deserializer=None,
            response_serializer=None,
        )
        self._wrapped[method] = wrapped
        return wrapped

    def _wrap(self, method: str, behaviour: Behaviour, read: Read) -> Behaviour:
        service, _, name = method.lstrip("/").rpartition("/")
        found = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
        changes, stored = _has_effects(found), not _has_secrets(found.output_type)

        async def serve(raw: bytes, context: Context) -> bytes:
            headers = {
                key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)
            }
            call = _open_call(method, headers, context)
            started = time.perf_counter()
            outcome = grpc.StatusCode.OK
            with serving(call):
                try:
                    with span(method, SpanKind.SERVER, headers):
                        return await self._answer(
                            behaviour, read(raw), context, call, changes=changes, stored=stored
                        )
                except Exception as exception:
                    error = from_exception(exception)
                    outcome = error.status
                    self._log(error, exception)
                    await context.abort_with_status(to_status(error))
                    raise
                finally:
                    elapsed = time.perf_counter() - started
                    metrics.GRPC_SECONDS.labels(service, name, outcome.name).observe(elapsed)

        return serve

    def _log(self, error: BunmartError, exception: Exception) -> None:
        log_refusal(error, exception)
        if self._database is not None and error.code == DATABASE_UNAVAILABLE:
            self._database.outage.note_failure(exception)

    async def _answer(
        self,
        behaviour: Behaviour,
        request: Message,
        context: Context,
        call: Call,
        *,
        changes: bool,
        stored: bool,
    ) -> bytes:
        async def work(unit: UnitOfWork | None) -> StoredAnswer:
            response: Message = await behaviour(request, CallContext(context, unit))
            return StoredAnswer(0, "", response.SerializeToString())

        if self._database is None or not changes:
            return (await work(None)).body
        keyed = None
        if stored and call.idempotency_key is not None:
            keyed = KeyedRequest.of(
                caller=call.caller,
                method=call.method,
                key=call.idempotency_key,
                request=request.SerializeToString(deterministic=True),
            )
        return (await answer_once(self._database, keyed, work)).body


def _has_effects(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level != _READS)


def _has_secrets(message: Descriptor, *above: Descriptor) -> bool:
    """True when a field of an answer is marked ``debug_redact``: the store keeps answers in clear."""
    nested = (field.message_type for field in message.fields if field.message_type)
    return any(field.GetOptions().debug_redact for field in message.fields) or any(
        _has_secrets(each, message, *above) for each in nested if each not in (message, *above)
    )


def _open_call(method: str, headers: dict[str, str], context: Context) -> Call:
    remaining = context.time_remaining()
    seconds = MAX_CALL_SECONDS if remaining is None else min(float(remaining), MAX_CALL_SECONDS)
    return Call(
        method=method,
        caller=caller_from_certificate(headers.get("x-forwarded-client-cert")) or "local",
        request_id=headers.get("x-request-id") or str(new_id()),
        deadline=deadline_in(seconds),
        idempotency_key=headers.get("idempotency-key"),
    )
