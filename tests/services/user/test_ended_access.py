"""A dismissal is a dismissal: in the user service and, through two real services, everywhere."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from bunmart.user.v1.user_pb2 import CheckAccessRequest, ListEndedAccessRequest
from bunmart_chassis.identity import access
from bunmart_user.service import Users
from google.protobuf.timestamp_pb2 import Timestamp

from tests.services.user.conftest import MAIL, NEW_PASSWORD, PASSWORD, Desk
from tests.support import ServiceHarness, StartService, problem, rpc_error, until

START: dict[str, Any] = {"check_access": True, "access_poll_seconds": 0.05}
BOSS = "boss@example.org"


def bearer(grant: dict[str, Any]) -> dict[str, str]:
    """The header of somebody who signed in."""
    return {"authorization": f"Bearer {grant['access_token']}"}


@pytest.fixture(autouse=True)
def _short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "REMEMBER_SECONDS", 0.2)


class Shop:
    """A real user service and a real product service that asks it; two admins are signed in."""

    def __init__(self, desk: Desk, product: ServiceHarness) -> None:
        self.desk = desk
        self.product = product
        self.ids: dict[str, UUID] = {}

    async def hire(self, email: str, *roles: str) -> dict[str, Any]:
        """Somebody gets an account with roles, and signs in."""
        self.ids[email] = await self.desk.user(email)
        await self.desk.database.execute(
            "UPDATE users SET roles = $1 WHERE id = $2", list(roles), self.ids[email]
        )
        return await self.desk.session(email)

    async def category(self, grant: dict[str, Any]) -> int:
        """Somebody adds a category to the product service."""
        body = {"name": f"Category {uuid4().hex[:8]}"}
        answer = await self.product.http.post("/api/categories", json=body, headers=bearer(grant))
        return answer.status_code

    async def held_jobs(self, grant: dict[str, Any]) -> int:
        """Somebody reads what only admins may read."""
        return (await self.product.http.get("/api/ops/product/held-jobs", headers=bearer(grant))).status_code

    async def until_ended(self, grant: dict[str, Any]) -> None:
        """Wait until reads with a token are refused in both services."""
        me = "/api/auth/me"

        async def refused() -> bool:
            here = await self.desk.http.get(me, headers=bearer(grant))
            return (here.status_code, await self.held_jobs(grant)) == (401, 401)

        await until(refused)


@pytest.fixture
async def shop(start_desk: Callable[..., Awaitable[Desk]], start_service: StartService) -> Shop:
    """Both services, with the guard on."""
    desk = await start_desk(**START)
    target = f"127.0.0.1:{desk.service.service.grpc_port}"
    return Shop(desk, await start_service("product", peer_target=target, **START))


@pytest.mark.parametrize("loss", ["deactivated", "demoted", "deleted", "password", "session", "signed out"])
async def test_whatever_ends_access_ends_it_for_reads_and_changes_in_every_service(
    shop: Shop, loss: str
) -> None:
    boss = await shop.hire(BOSS, "customer", "admin")
    clerk = await shop.hire(MAIL, "customer", "admin")
    assert [await shop.category(clerk), await shop.held_jobs(clerk)] == [201, 200]
    path = f"/api/users/{shop.ids[MAIL]}"
    categories = await shop.product.database.fetch("SELECT count(*) FROM categories")

    http, by_boss, by_clerk = shop.desk.http, bearer(boss), bearer(clerk)
    new = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "deactivated": lambda: http.put(path, json={"active": False}, headers=by_boss),
        "demoted": lambda: http.put(path, json={"roles": ["customer"]}, headers=by_boss),
        "deleted": lambda: http.delete(path, headers=by_boss),
        "password": lambda: http.put(f"{path}/password", json=new, headers=by_clerk),
        "session": lambda: http.delete(f"{path}/sessions/{clerk['session_id']}", headers=by_boss),
        "signed out": lambda: http.post("/api/auth/logout", json={"refresh_token": clerk["refresh_token"]}),
    }
    assert (await calls[loss]()).status_code in (200, 204)

    await shop.until_ended(clerk)
    refused = await shop.product.http.post("/api/categories", json={"name": "Late"}, headers=bearer(clerk))
    assert (refused.status_code, problem(refused)["code"]) == (401, "ACCESS_ENDED")
    assert await shop.product.database.fetch("SELECT count(*) FROM categories") == categories
    assert [await shop.category(boss), await shop.held_jobs(boss)] == [201, 200]


async def test_who_was_demoted_goes_on_as_what_remains_after_a_refresh(shop: Shop) -> None:
    boss, clerk = await shop.hire(BOSS, "admin"), await shop.hire(MAIL, "customer", "admin")
    path = f"/api/users/{shop.ids[MAIL]}"
    await shop.desk.http.put(path, json={"roles": ["customer"]}, headers=bearer(boss))
    await shop.until_ended(clerk)

    fresh = (await shop.desk.refresh(clerk["refresh_token"])).json()

    assert fresh["roles"] == ["customer"]
    assert (await shop.desk.http.get("/api/auth/me", headers=bearer(fresh))).status_code == 200
    assert [await shop.category(fresh), await shop.held_jobs(fresh)] == [403, 403]


async def test_staff_without_an_answer_of_the_user_service_changes_nothing(shop: Shop) -> None:
    clerk = await shop.hire(MAIL, "admin")
    assert await shop.category(clerk) == 201
    await shop.desk.service.stop()

    async def unknown() -> bool:
        return await shop.category(clerk) == 503

    await until(unknown)
    assert await shop.held_jobs(clerk) == 200


async def test_people_see_and_end_their_sessions(desk: Desk) -> None:
    user_id, stranger = await desk.user(MAIL), await desk.user()
    agent = {"user-agent": "Firefox on a phone" + "x" * 200, "x-envoy-external-address": "203.0.113.7"}
    first, second = [(await desk.log_in(MAIL, **agent)).json() for _ in range(2)]
    path = f"/api/users/{user_id}/sessions"

    shown = (await desk.http.get(path, headers=bearer(first))).json()["items"]

    assert [each["session_id"] for each in shown] == [second["session_id"], first["session_id"]]
    assert [each["is_current"] for each in shown] == [False, True]
    assert {each["client_network"] for each in shown} == {"203.0.113.0/24"}
    assert shown[0]["user_agent"].startswith("Firefox on a phonexx")
    assert len(shown[0]["user_agent"]) == 120
    for method, url in (("GET", path), ("DELETE", path), ("DELETE", f"{path}/{first['session_id']}")):
        refused = await desk.http.request(method, url, headers=desk.auth(stranger))
        assert refused.status_code == 403
    missing = await desk.http.delete(f"{path}/{uuid4()}", headers=bearer(first))
    assert (missing.status_code, problem(missing)["code"]) == (404, "SESSION_NOT_FOUND")

    assert (await desk.http.delete(path, headers=bearer(first))).status_code == 204

    assert (await desk.refresh(second["refresh_token"])).status_code == 401
    assert (await desk.refresh(first["refresh_token"])).status_code == 200
    [left] = (await desk.http.get(path, headers=bearer(first))).json()["items"]
    assert left["session_id"] == first["session_id"]
    for _ in range(2):
        ended = await desk.http.delete(f"{path}/{first['session_id']}", headers=bearer(first))
        assert ended.status_code == 204
    rows = await desk.database.fetch("SELECT ended_by FROM sessions")
    assert {each["ended_by"] for each in rows} == {"ENDED_BY_USER"}


async def test_what_ended_is_listed_in_pages_until_its_tokens_have_expired(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    grants = [await desk.session(MAIL) for _ in range(3)]
    for each in grants:
        await desk.http.post("/api/auth/logout", json={"refresh_token": each["refresh_token"]})
    found, token = [], ""
    while True:
        page = await desk.stub.ListEndedAccess(ListEndedAccessRequest(page_size=2, page_token=token))
        found += page.ended
        token = page.next_page_token
        if not token:
            break

    assert [each.session_id for each in found] == [each["session_id"] for each in grants]
    assert {each.user_id for each in found} == {str(user_id)}
    later = ListEndedAccessRequest()
    later.since.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    assert not (await desk.stub.ListEndedAccess(later)).ended

    await desk.database.execute("UPDATE ended_access SET expires_at = now() - interval '1 second'")
    assert not (await desk.stub.ListEndedAccess(ListEndedAccessRequest())).ended
    users = desk.service.use_cases(Users)
    await users.delete_expired()
    assert await desk.count("ended_access") == 0


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("user_id", CheckAccessRequest(user_id="x")),
        ("session_id", CheckAccessRequest(user_id=str(uuid4()), session_id="x")),
        ("credentials_version", CheckAccessRequest(user_id=str(uuid4()), credentials_version=-1)),
        ("page_size", ListEndedAccessRequest(page_size=1001)),
        ("page_size", ListEndedAccessRequest(page_size=-1)),
        ("page_token", ListEndedAccessRequest(page_token="x")),
        ("since", ListEndedAccessRequest(since=Timestamp(seconds=-62135596800))),
        ("since", ListEndedAccessRequest(since=Timestamp(seconds=2**62))),
    ],
)
async def test_malformed_questions_are_refused(desk: Desk, field: str, request_: Any) -> None:
    kind = type(request_).__name__.removesuffix("Request")

    error = await rpc_error(getattr(desk.stub, kind)(request_))

    assert list(error.fields) == [field]


async def test_an_unknown_user_and_a_session_of_somebody_else_have_no_access(desk: Desk) -> None:
    user_id, other = await desk.user(MAIL), await desk.user()
    session_id = (await desk.session(MAIL))["session_id"]

    async def active(user: UUID, session: str, version: int) -> bool:
        request = CheckAccessRequest(user_id=str(user), session_id=session, credentials_version=version)
        return bool((await desk.stub.CheckAccess(request)).active)

    assert await active(user_id, session_id, 1)
    assert await active(user_id, "", 0)
    assert not await active(user_id, session_id, 2)
    assert not await active(uuid4(), session_id, 1)
    assert not await active(other, session_id, 1)
    assert not await active(user_id, str(uuid4()), 1)
