"""Reads by peers, over gRPC."""

from uuid import uuid4

import grpc
from bunmart.user.v1.user_pb2 import (
    AddressInfo,
    GetUserAddressesRequest,
    GetUserRequest,
    UserInfo,
    ValidateUserRequest,
    ValidateUserResponse,
)

from tests.services.user.conftest import ADDRESS, Desk
from tests.support import rpc_error


async def test_peers_read_a_user(desk: Desk) -> None:
    user_id = str(await desk.user("ada@example.org", phone="+4915112345678"))
    info = UserInfo(
        user_id=user_id,
        email="ada@example.org",
        display_name="Ada",
        roles=["customer"],
        phone="+4915112345678",
    )

    assert (await desk.stub.GetUser(GetUserRequest(user_id=user_id))).user == info
    assert await desk.stub.ValidateUser(ValidateUserRequest(user_id=user_id)) == ValidateUserResponse(
        valid=True, user=info
    )


async def test_an_inactive_user_is_readable_but_not_valid(desk: Desk) -> None:
    user_id = str(await desk.user())
    await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)

    assert (await desk.stub.GetUser(GetUserRequest(user_id=user_id))).user.user_id == user_id
    answer = await desk.stub.ValidateUser(ValidateUserRequest(user_id=user_id))
    assert answer == ValidateUserResponse(valid=False)
    assert not answer.HasField("user")


async def test_peers_read_addresses(desk: Desk) -> None:
    user_id = await desk.user()
    assert (
        list((await desk.stub.GetUserAddresses(GetUserAddressesRequest(user_id=str(user_id)))).addresses)
        == []
    )
    added = await desk.http.post(f"/api/users/{user_id}/addresses", json=ADDRESS, headers=desk.auth(user_id))

    answer = await desk.stub.GetUserAddresses(GetUserAddressesRequest(user_id=str(user_id)))

    address_id = added.json()["address_id"]
    wanted = AddressInfo(address_id=address_id, user_id=str(user_id), type="SHIPPING", **ADDRESS)
    assert list(answer.addresses) == [wanted]


async def test_unknown_and_malformed_users_are_refused(desk: Desk) -> None:
    nobody = str(uuid4())
    for call in (
        desk.stub.GetUser(GetUserRequest(user_id=nobody)),
        desk.stub.GetUserAddresses(GetUserAddressesRequest(user_id=nobody)),
    ):
        error = await rpc_error(call)
        assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND")
    assert not (await desk.stub.ValidateUser(ValidateUserRequest(user_id=nobody))).valid
    for bad in ("", "x", "\x00", "0" * 5000):
        for call in (
            desk.stub.GetUser(GetUserRequest(user_id=bad)),
            desk.stub.GetUserAddresses(GetUserAddressesRequest(user_id=bad)),
            desk.stub.ValidateUser(ValidateUserRequest(user_id=bad)),
        ):
            error = await rpc_error(call)
            assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["user_id"])


async def test_a_deleted_user_has_no_address_to_write_to(desk: Desk) -> None:
    user_id = await desk.user(phone="+4915112345678")
    await desk.http.delete(f"/api/users/{user_id}", headers=desk.auth(user_id))

    user = (await desk.stub.GetUser(GetUserRequest(user_id=str(user_id)))).user

    assert (user.email, user.phone, user.display_name) == ("", "", "Deleted user")
