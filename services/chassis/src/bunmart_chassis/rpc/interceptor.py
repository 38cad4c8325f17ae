"""The grpc.aio server of a service: interceptor, health, reflection."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection, reflection_pb2
from opentelemetry.trace import SpanKind

from bunmart_chassis.context.call import _CURRENT as CURRENT
from bunmart_chassis.context.call import Call, caller_from_certificate, deadline_in
from bunmart_chassis.errors import BunmartError, from_exception, log_refusal
from bunmart_chassis.idempotency.answers import IdempotentCall, StoredAnswer
from bunmart_chassis.ids import new_id
from bunmart_chassis.rpc.status import to_status
from bunmart_chassis.telemetry import metrics
from bunmart_chassis.telemetry.tracing import span

if TYPE_CHECKING:
    from bunmart_chassis.storage.database import Database

    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Handler = grpc.RpcMethodHandler

Context = grpc.aio.ServicerContext[Any, Any]
Behaviour = Callable[[Any, Context], Awaitable[Any]]
Read = Callable[[bytes], Message]
Servicer = tuple[str, Callable[[grpc.aio.Server], None]]
"""Full name of a gRPC service and what registers its servicer on a server."""
MAX_CALL_SECONDS = 30.0
_READS = descriptor_pb2.MethodOptions.IdempotencyLevel.NO_SIDE_EFFECTS
_REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Opens the call of every RPC, answers repeated ones from the store, maps errors, measures."""

    def __init__(self, database: "Database | None") -> None:
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
        keyed = self._database is not None and _has_effects(service, name)

        async def serve(raw: bytes, context: Context) -> bytes:
            headers = {
                key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)
            }
            call = _open_call(method, headers, context)
            token = CURRENT.set(call)
            started = time.perf_counter()
            outcome = grpc.StatusCode.OK
            try:
                with span(method, SpanKind.SERVER, headers):
                    request = read(raw)
                    if keyed and call.idempotency_key is not None:
                        return await self._serve_once(behaviour, request, context, call)
                    response: Message = await behaviour(request, context)
                    return response.SerializeToString()
            except Exception as exception:
                error = from_exception(exception)
                outcome = error.status
                await _abort(context, error, exception)
                raise
            finally:
                CURRENT.reset(token)
                elapsed = time.perf_counter() - started
                metrics.GRPC_SECONDS.labels(service, name, outcome.name).observe(elapsed)

        return serve

    async def _serve_once(
        self, behaviour: Behaviour, request: Message, context: Context, call: Call
    ) -> bytes:
        assert self._database is not None  # noqa: S101 - only keyed calls of a service with a store come here
        idempotent = IdempotentCall(
            self._database,
            caller=call.caller,
            method=call.method,
            key=call.idempotency_key or "",
            request=request.SerializeToString(deterministic=True),
        )
        if stored := await idempotent.stored():
            return stored.body
        call.idempotent = idempotent
        try:
            response: Message = await behaviour(request, context)
            call.idempotent = None
        except Exception:
            await idempotent.rollback()
            # The refusal may come from the effect of a twin; then the twin's answer is the right one.
            if stored := await idempotent.stored():
                return stored.body
            raise
        except BaseException:
            await idempotent.rollback()
            raise
        answer = await idempotent.commit(StoredAnswer(0, "", response.SerializeToString()))
        return answer.body


def _has_effects(service: str, method: str) -> bool:
    pool = descriptor_pool.Default()
    options = pool.FindServiceByName(service).methods_by_name[method].GetOptions()
    return bool(options.idempotency_level != _READS)


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


async def _abort(context: Context, error: BunmartError, exception: Exception) -> None:
    log_refusal(error, exception)
    await context.abort_with_status(to_status(error))


def create_grpc_server(
    servicers: Sequence[Servicer], database: "Database | None"
) -> tuple[grpc.aio.Server, health_aio.HealthServicer]:
    """Make the server with every servicer, ``grpc.health.v1`` and reflection (v1 and v1alpha).

    Health is NOT_SERVING for ``""`` and every service name until the service says otherwise.
    """
    server = grpc.aio.server(
        interceptors=[CallInterceptor(database)],
        options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 4 * 1024 * 1024)],
    )
    names = []
    for name, register in servicers:
        register(server)
        names.append(name)
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    health_name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    _add_reflection(server, [*names, health_name])
    return server, health


def _add_reflection(server: grpc.aio.Server, names: Sequence[str]) -> None:
    """Serve reflection under both names: v1 has the same messages as v1alpha, and grpcio ships only that."""
    served = [*names, reflection.SERVICE_NAME, _REFLECTION_V1]
    reflection.enable_server_reflection(served, server)
    servicer = reflection.aio.ReflectionServicer(served)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(_REFLECTION_V1, {"ServerReflectionInfo": handler}),)
    )
