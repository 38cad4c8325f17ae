"""The grpc.aio server of a service: its servicers, health, reflection."""

from collections.abc import Callable, Sequence

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection, reflection_pb2

from bunmart_chassis.rpc.interceptor import CallInterceptor
from bunmart_chassis.storage import Database

Servicer = tuple[str, Callable[[grpc.aio.Server], None]]
"""Full name of a gRPC service, and the function that registers its servicer on a server."""
_REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"


def create_grpc_server(
    servicers: Sequence[Servicer], database: Database | None, *, share_ports: bool = False
) -> tuple[grpc.aio.Server, health_aio.HealthServicer]:
    """Make the server with every servicer, ``grpc.health.v1`` and reflection (v1 and v1alpha).

    Health is NOT_SERVING for ``""`` and every service name until the service says otherwise.

    Args:
        servicers: What is served.
        database: Where answers under an idempotency key are kept; None for a part without a database.
        share_ports: Let another process listen on the same ports; otherwise a taken port is an error.
    """
    server = grpc.aio.server(
        interceptors=[CallInterceptor(database)],
        options=[
            ("grpc.so_reuseport", int(share_ports)),
            ("grpc.max_receive_message_length", 4 * 1024 * 1024),
        ],
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
