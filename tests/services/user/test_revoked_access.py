"""An access token outlives the loss of a right by some minutes; the account itself counts here."""

from typing import Any

import pytest

from tests.services.user.conftest import Desk
from tests.support import problem

ADDRESS = {"line1": "Street 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}


@pytest.mark.parametrize("loss", [{"roles": ["customer"]}, {"active": False}])
async def test_a_dismissed_admin_does_not_appoint_himself_again(desk: Desk, loss: dict[str, Any]) -> None:
    user_id, other = await desk.user(), await desk.user()
    for admin in (user_id, other):
        await desk.http.put(f"/api/users/{admin}", json={"roles": ["admin"]}, headers=desk.admin)
    old_token = desk.tokens.auth("admin", user_id)
    assert (await desk.http.put(f"/api/users/{user_id}", json=loss, headers=desk.admin)).status_code == 200
    before = await desk.row(user_id), await desk.row(other)

    refused = [
        await desk.http.put(f"/api/users/{user_id}", json={"roles": ["admin"]}, headers=old_token),
        await desk.http.put(f"/api/users/{user_id}", json={"active": True}, headers=old_token),
        await desk.http.put(f"/api/users/{other}", json={"active": False}, headers=old_token),
        await desk.http.delete(f"/api/users/{other}", headers=old_token),
    ]

    assert {(each.status_code, problem(each)["code"]) for each in refused} == {(403, "ACCESS_REVOKED")}
    assert (await desk.row(user_id), await desk.row(other)) == before


async def test_an_inactive_account_changes_nothing_but_can_be_deleted(desk: Desk) -> None:
    user_id = await desk.user()
    mine = desk.auth(user_id)
    await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)

    renamed = await desk.http.put(f"/api/users/{user_id}", json={"display_name": "B"}, headers=mine)
    moved = await desk.http.post(f"/api/users/{user_id}/addresses", json=ADDRESS, headers=mine)

    assert problem(renamed)["code"] == "ACCESS_REVOKED"
    assert problem(moved)["code"] == "USER_NOT_ACTIVE"
    assert await desk.count("addresses") == 0
    assert (await desk.http.delete(f"/api/users/{user_id}", headers=mine)).status_code == 204
