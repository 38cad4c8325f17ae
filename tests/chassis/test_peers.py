"""Calls to peers: what is handed on, and what comes back."""

import asyncio
from typing import Any
from uuid import uuid4

import grpc
import pytest
from bunmart.cart.v1.cart_pb2 import InvalidateCartRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.user.v1.user_pb2 import ValidateUserRequest, ValidateUserResponse
from bunmart_chassis.errors import NotFoundError, Violation

from tests.support import FakePeers, PeerCall, rpc_error

REQUEST = InvalidateCartRequest(cart_id="someone")


def last(peers: FakePeers) -> PeerCall:
    return peers.calls("ValidateUser")[-1]


async def test_deadline_trace_request_id_and_key_are_handed_on(
    stub: CartServiceStub, peers: FakePeers
) -> None:
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    trace = "0af7651916cd43dd8448eb211c80319c"
    metadata = (("traceparent", f"00-{trace}-b7ad6b7169203331-01"), ("x-request-id", "abc"))

    assert (await stub.InvalidateCart(REQUEST, timeout=2, metadata=metadata)).invalidated
    call = last(peers)
    assert (call.method, call.request) == ("UserService.ValidateUser", ValidateUserRequest(user_id="someone"))
    assert 0 < (call.remaining or 0) < 2
    assert call.metadata["traceparent"].split("-")[1] == trace
    assert call.metadata["x-request-id"] == "abc"
    assert "idempotency-key" not in call.metadata

    await stub.InvalidateCart(REQUEST)
    assert 2 < (last(peers).remaining or 0) < 5.1


async def test_each_request_of_a_call_has_its_own_key_and_a_repeat_the_same(
    stub: CartServiceStub, peers: FakePeers
) -> None:
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    peers.answer("SendNotification", SendNotificationResponse(status="SENT"))
    keys = []
    for key, user in (
        ("k", "told-a"),
        ("k", "told-b"),
        ("l", "told-a"),
        ("k", "told-a"),
        ("m" * 255, "told-a"),
    ):
        request = InvalidateCartRequest(cart_id=user)
        await stub.InvalidateCart(request, metadata=(("idempotency-key", key),))
        keys.append(peers.calls("SendNotification")[-1].metadata["idempotency-key"])

    assert keys[0] == keys[3]
    assert len(set(keys)) == 4
    assert keys[0].startswith("k.")
    assert len(keys[4]) <= 255
    # What may be repeated as it is needs no stored answer, so it gets no key.
    assert "idempotency-key" not in last(peers).metadata


async def test_a_refusal_of_a_peer_is_passed_on_with_its_code_and_fields(
    stub: CartServiceStub, peers: FakePeers
) -> None:
    refusal = NotFoundError(
        "No such user.",
        code="USER_NOT_FOUND",
        metadata={"a": "b"},
        violations=[Violation("user_id", "unknown")],
    )
    peers.fail("UserService.ValidateUser", refusal)

    error = await rpc_error(stub.InvalidateCart(REQUEST))

    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND")
    assert (error.message, error.fields, error.metadata) == ("No such user.", ["user_id"], {"a": "b"})


async def _break(_: Any) -> Any:
    raise KeyError("a defect of the peer")


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (None, grpc.StatusCode.UNAVAILABLE, "PEER_FAILED"),
        (_break, grpc.StatusCode.UNAVAILABLE, "PEER_FAILED"),
        (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE, "PEER_FAILED"),
        (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE, "PEER_UNAVAILABLE"),
        (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
    ],
)
async def test_failures_of_a_peer(
    stub: CartServiceStub, peers: FakePeers, answer: Any, status: grpc.StatusCode, reason: str
) -> None:
    if isinstance(answer, grpc.StatusCode):
        peers.fail("ValidateUser", answer)
    elif answer is not None:
        peers.answer("ValidateUser", answer)

    error = await rpc_error(stub.InvalidateCart(REQUEST))

    assert (error.status, error.reason) == (status, reason)
    assert "defect" not in error.message


async def test_a_denial_by_the_mesh_is_our_defect(stub: CartServiceStub, peers: FakePeers) -> None:
    async def deny(_: Any, __: Any, context: Any) -> None:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "RBAC: access denied")

    peers.answer("ValidateUser", deny)

    error = await rpc_error(stub.InvalidateCart(REQUEST))

    assert (error.status, error.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert error.message == "Something went wrong on our side."


async def test_a_peer_that_is_down_is_unavailable_and_found_again(
    stub: CartServiceStub, peers: FakePeers
) -> None:
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    await stub.InvalidateCart(REQUEST)

    await peers.stop()
    error = await rpc_error(stub.InvalidateCart(REQUEST))
    assert (error.status, error.reason) == (grpc.StatusCode.UNAVAILABLE, "PEER_UNAVAILABLE")

    await peers.start()
    async with asyncio.timeout(5):
        while True:
            try:
                assert (await stub.InvalidateCart(REQUEST)).invalidated
                break
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.05)


async def test_a_slow_peer_costs_no_more_than_the_caller_has(stub: CartServiceStub, peers: FakePeers) -> None:
    async def sleep(_: Any) -> ValidateUserResponse:
        await asyncio.sleep(3)
        return ValidateUserResponse(valid=True)

    peers.answer("ValidateUser", sleep)

    error = await rpc_error(stub.InvalidateCart(REQUEST, timeout=0.3))
    assert error.status is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_fakes_recover_after_the_failures_that_were_asked_for(
    stub: CartServiceStub, peers: FakePeers
) -> None:
    peers.answer("ValidateUser", lambda request: ValidateUserResponse(valid=request.user_id == "someone"))
    peers.fail("ValidateUser", grpc.StatusCode.UNAVAILABLE, times=1)

    assert (await rpc_error(stub.InvalidateCart(REQUEST))).reason == "PEER_UNAVAILABLE"
    assert (await stub.InvalidateCart(REQUEST)).invalidated
    assert not (await stub.InvalidateCart(InvalidateCartRequest(cart_id=str(uuid4())))).invalidated
    with pytest.raises(ValueError, match="no contract"):
        peers.calls("ValidateUsr")
