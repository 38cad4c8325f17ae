"""Stand-ins for the services that the service under test calls."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import grpc
from bunmart_chassis.errors import BY_STATUS, BunmartError, InternalError
from bunmart_chassis.rpc import to_status
from bunmart_mesh.policy import load_policy
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

_PACKAGES = tuple(part.name for part in load_policy().parts if part.kind == "service")
Context = grpc.aio.ServicerContext[Any, Any]
Answer = Message | Callable[..., Any]


@dataclass(frozen=True)
class PeerCall:
    """One call that a peer received.

    Attributes:
        method: ``OrderService.CreateOrderIntent``.
        request: The generated request message.
        metadata: The text metadata.
        remaining: Seconds that the caller still gave; None without a deadline.
    """

    method: str
    request: Any
    metadata: dict[str, str]
    remaining: float | None


class FakePeers:
    """One gRPC server on a free port that speaks every contract of BunMart.

    An RPC without an answer is UNIMPLEMENTED. RPCs are named ``CreateOrderIntent``, or with their service,
    ``OrderService.NotifyOrderPrepared``, where two services have one of that name.
    """

    def __init__(self) -> None:
        for name in _PACKAGES:
            import_module(f"bunmart.{name}.v1.{name}_pb2")
        self.received: list[PeerCall] = []
        self.port = 0
        self._answers: dict[str, Answer] = {}
        self._failures: dict[str, list[BunmartError]] = {}
        self._server: grpc.aio.Server | None = None

    @property
    def target(self) -> str:
        """The address for the setting ``peer_target``."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; after ``stop`` again on the same port."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((_AnyRpc(self),))
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def stop(self) -> None:
        """Break off all calls and refuse further ones."""
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    def answer(self, rpc: str, answer: Answer) -> None:
        """Answer an RPC from now on.

        Args:
            rpc: Its name.
            answer: The response, or a function (async or not) that returns it or raises a ``BunmartError``.
                It takes as many as it wants of request, metadata and servicer context.
        """
        self._failures.pop(_known(rpc), None)
        self._answers[rpc] = answer

    def fail(
        self,
        rpc: str,
        error: grpc.StatusCode | BunmartError,
        message: str = "The peer refuses.",
        *,
        times: int | None = None,
    ) -> None:
        """Refuse an RPC.

        Args:
            rpc: Its name.
            error: A status, or an error of the chassis with its code and fields.
            message: The text for a bare status.
            times: Refuse so often, then answer again; for ever by default.
        """
        refusal = error if isinstance(error, BunmartError) else BY_STATUS.get(error, InternalError)(message)
        if times is None:
            self._answers[_known(rpc)] = _refuse(refusal)
        else:
            self._failures[_known(rpc)] = [refusal] * times

    def calls(self, rpc: str) -> list[PeerCall]:
        """The calls of an RPC in the order in which they came."""
        _known(rpc)
        return [call for call in self.received if rpc in _names(call.method)]

    def requests(self, rpc: str) -> list[Any]:
        """The requests of these calls."""
        return [call.request for call in self.calls(rpc)]

    async def serve(self, method: str, request: Message, context: Context) -> Message:
        """Record a call and answer it."""
        metadata = {k: v for k, v in context.invocation_metadata() or () if isinstance(v, str)}
        self.received.append(PeerCall(method, request, metadata, context.time_remaining()))
        for name in _names(method):
            if self._failures.get(name):
                await context.abort_with_status(to_status(self._failures[name].pop()))
        answer = next((self._answers[name] for name in _names(method) if name in self._answers), None)
        if answer is None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the test gave no answer for {method}")
        if isinstance(answer, Message):
            return answer
        try:
            arguments = (request, metadata, context)[: len(inspect.signature(answer).parameters)]
            found = answer(*arguments)
            result: Message = await found if inspect.isawaitable(found) else found
        except BunmartError as error:
            await context.abort_with_status(to_status(error))
        return result


class _AnyRpc(grpc.GenericRpcHandler):
    """Finds the messages of a method in the descriptors instead of a registered servicer."""

    def __init__(self, peers: FakePeers) -> None:
        self._peers = peers

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        service, _, name = handler_call_details.method.lstrip("/").rpartition("/")
        try:
            method = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
        except KeyError:
            return None
        qualified = f"{service.rpartition('.')[2]}.{name}"

        async def serve(request: Message, context: Context) -> Message:
            return await self._peers.serve(qualified, request, context)

        return grpc.unary_unary_rpc_method_handler(
            serve,
            request_deserializer=message_factory.GetMessageClass(method.input_type).FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )


def _names(method: str) -> Sequence[str]:
    return method, method.rpartition(".")[2]


def _known(rpc: str) -> str:
    """Refuse a name that no contract has: a misspelt answer would never be given."""
    for package in _PACKAGES:
        file = import_module(f"bunmart.{package}.v1.{package}_pb2").DESCRIPTOR
        for service in file.services_by_name.values():
            if any(rpc in _names(f"{service.name}.{method.name}") for method in service.methods):
                return rpc
    raise ValueError(f"no contract has an RPC {rpc}")


def _refuse(error: BunmartError) -> Callable[[], Message]:
    def answer() -> Message:
        raise error

    return answer
