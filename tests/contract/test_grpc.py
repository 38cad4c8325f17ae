"""Every RPC of the contract is served, reflected, and answers nonsense with a proper status."""

import asyncio

import grpc
import pytest
from bunmart_mesh.contract import contract_of
from bunmart_mesh.policy import load_policy
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.support import ServiceHarness, StartService

SERVICES = tuple(part.name for part in load_policy().parts if part.kind == "service")
PROPER = {
    grpc.StatusCode.OK,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAVAILABLE,
}
NASTY = ("", "x", "\x00", "ä" * 5000, "00000000-0000-0000-0000-000000000000", "-1", "1e999", "NaN")
NUMBERS = (0, -1, 2**31 - 1, -(2**31))
UNKNOWN_ID = "018f0000-0000-7000-8000-000000000000"
"""``UNAVAILABLE`` is proper here: the fake peers of these tests answer nothing."""
ASKS_FOR_ALL = {"ListEndedAccess"}
"""RPCs whose empty request is a question."""


def methods_of(name: str) -> list[MethodDescriptor]:
    """The RPCs of a service."""
    pool = descriptor_pool.Default()
    return list(pool.FindServiceByName(contract_of(name).full_name).methods)


def _fill(message: Message, descriptor: Descriptor | None, text: str, number: int) -> None:
    assert descriptor is not None
    for field in descriptor.fields:
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            assert field.message_type is not None
            if field.message_type.GetOptions().map_entry:
                getattr(message, field.name)[text] = text
            elif field.is_repeated:
                _fill(getattr(message, field.name).add(), field.message_type, text, number)
            continue
        values = {FieldDescriptor.TYPE_STRING: text, FieldDescriptor.TYPE_BYTES: text.encode()}
        value: object = values.get(field.type, number)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)


def _requests(method: MethodDescriptor) -> list[Message]:
    kind = message_factory.GetMessageClass(method.input_type)
    requests = [kind()]
    for text in (*NASTY, UNKNOWN_ID):
        for number in NUMBERS:
            request = kind()
            _fill(request, method.input_type, text, number)
            requests.append(request)
    return requests


async def _status(service: ServiceHarness, method: MethodDescriptor, request: Message) -> grpc.StatusCode:
    call: grpc.aio.UnaryUnaryMultiCallable[Message, bytes] = service.channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=bytes,
    )
    try:
        await call(request, timeout=10)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("name", SERVICES)
async def test_every_rpc_answers_nonsense_with_a_proper_status(
    start_service: StartService, name: str
) -> None:
    service = await start_service(name)

    for method in methods_of(name):
        requests = _requests(method)
        statuses = await asyncio.gather(*(_status(service, method, request) for request in requests))
        wrong = {
            (method.full_name, status.name, str(request)[:200])
            for request, status in zip(requests, statuses, strict=True)
            if status not in PROPER
        }
        assert not wrong
        empty = grpc.StatusCode.OK if method.name in ASKS_FOR_ALL else grpc.StatusCode.INVALID_ARGUMENT
        assert statuses[0] is empty, f"{method.full_name} takes an empty request for {statuses[0]}"


@pytest.mark.parametrize("name", SERVICES)
async def test_every_service_is_reflected_and_healthy(start_service: StartService, name: str) -> None:
    service = await start_service(name)
    full_name = contract_of(name).full_name

    answers = [
        answer
        async for answer in reflection_pb2_grpc.ServerReflectionStub(service.channel).ServerReflectionInfo(
            iter(
                [
                    reflection_pb2.ServerReflectionRequest(list_services=""),
                    reflection_pb2.ServerReflectionRequest(file_containing_symbol=full_name),
                ]
            )
        )
    ]
    health = health_pb2_grpc.HealthStub(service.channel)
    serving = [
        (await health.Check(health_pb2.HealthCheckRequest(service=each))).status for each in ("", full_name)
    ]

    assert full_name in {each.name for each in answers[0].list_services_response.service}
    (file,) = answers[1].file_descriptor_response.file_descriptor_proto[:1]
    reflected = descriptor_pb2.FileDescriptorProto.FromString(file)
    assert [method.name for method in reflected.service[0].method] == [
        method.name for method in methods_of(name)
    ]
    assert serving == [health_pb2.HealthCheckResponse.SERVING] * 2
