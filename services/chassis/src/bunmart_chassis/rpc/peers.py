"""Calls to peers: one channel each, deadline, trace, request id and idempotency key handed on."""

import functools
import hashlib
from typing import TypeVar

import grpc
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from bunmart_chassis.context import Call, current
from bunmart_chassis.errors import DeadlineExceededError
from bunmart_chassis.rpc.status import from_rpc_error
from bunmart_chassis.storage import require_no_unit
from bunmart_chassis.telemetry import trace_headers

PEER_TIMEOUT_SECONDS = 5.0
"""The longest that a peer is waited for, in seconds; a caller's shorter deadline wins."""
_RESERVE_SECONDS = 0.02
_UNKNOWN = MethodOptions.IdempotencyLevel.IDEMPOTENCY_UNKNOWN
_DIGEST_BYTES = 12
_KEY_PREFIX = 200
Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response")


class Peers:
    """Channels to the services that this one calls, made when first asked for.

    Behind a sidecar every channel goes to its outbound listener; the authority names the peer.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._channels: dict[str, grpc.aio.Channel] = {}

    def channel(self, service: str) -> grpc.aio.Channel:
        """The channel to a peer by its bare name, ``order``."""
        if service not in self._channels:
            self._channels[service] = grpc.aio.insecure_channel(
                self._target.format(service=service),
                options=[
                    ("grpc.default_authority", service),
                    ("grpc.enable_retries", 0),
                    ("grpc.service_config_disable_resolution", 1),
                    ("grpc.max_reconnect_backoff_ms", 1000),
                    ("grpc.initial_reconnect_backoff_ms", 100),
                ],
            )
        return self._channels[service]

    async def close(self) -> None:
        """Close all channels."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()


async def call_peer(
    method: "grpc.aio.UnaryUnaryMultiCallable[Request, Response]",
    request: Request,
    *,
    peer: str,
    idempotency_key: str | None = None,
) -> Response:
    """Call a peer's RPC.

    Args:
        method: A method of a generated stub.
        request: The request that it takes.
        peer: The peer's name, for the error's text.
        idempotency_key: Set where a repeat must not act twice; otherwise one is derived from our caller's key
            and the request, unless the contract says that the RPC may be repeated as it is.

    Raises:
        BunmartError: The peer's refusal, with its code and fields; UNAVAILABLE when it does not answer.
        RuntimeError: A unit of work is open: peers are called before its first statement.
    """
    require_no_unit()
    call = current()
    seconds = PEER_TIMEOUT_SECONDS
    if call is not None:
        seconds = min(seconds, call.remaining() - _RESERVE_SECONDS)
        if seconds <= 0:
            raise DeadlineExceededError("The time for this request ran out.")
    metadata = _metadata(call, request, idempotency_key)
    try:
        return await method(request, timeout=seconds, metadata=metadata)
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error, peer) from error


def _metadata(call: Call | None, request: Message, key: str | None) -> tuple[tuple[str, str], ...]:
    """Hand on the trace, the request id and the idempotency key of the call that is being served."""
    metadata = list(trace_headers().items())
    if call is not None:
        metadata.append(("x-request-id", call.request_id))
        if key is None and call.idempotency_key is not None and not _is_repeatable(request.DESCRIPTOR):
            key = _derived_key(call.idempotency_key, request)
    if key is not None:
        metadata.append(("idempotency-key", key))
    return tuple(metadata)


@functools.cache
def _is_repeatable(wanted: Descriptor) -> bool:
    """True when the RPC that takes this request may be repeated as it is: then no answer need be stored."""
    return all(
        method.GetOptions().idempotency_level != _UNKNOWN
        for service in wanted.file.services_by_name.values()
        for method in service.methods
        if method.input_type is wanted
    )


def _derived_key(key: str, request: Message) -> str:
    # One call may call a peer several times, and the peer refuses one key with two different requests.
    body = request.SerializeToString(deterministic=True)
    digest = hashlib.blake2b(key.encode() + b"\n" + body, digest_size=_DIGEST_BYTES).hexdigest()
    return f"{key[:_KEY_PREFIX]}.{digest}"
