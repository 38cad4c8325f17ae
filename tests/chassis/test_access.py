"""Access that ends before its token expires: reads learn of it, changes by staff ask."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from bunmart.user.v1.user_pb2 import (
    CheckAccessResponse,
    EndedAccess,
    ListEndedAccessRequest,
    ListEndedAccessResponse,
)
from bunmart_chassis.identity import access

from tests.chassis.conftest import PACKAGE
from tests.support import FakePeers, ServiceHarness, StartService, Tokens, problem, until

LINE = {"product_id": str(uuid4()), "quantity": 1}
READ, WRITE = ("GET", None), ("POST", LINE)


class Door:
    """The sample with the guard on, and people who knock."""

    def __init__(self, sample: ServiceHarness, tokens: Tokens) -> None:
        self.sample = sample
        self.tokens = tokens
        self.user_id, self.session_id = uuid4(), uuid4()

    def token(self, role: str, **claims: Any) -> dict[str, str]:
        """A token of the user's session, of version 1."""
        wanted = {"sid": str(self.session_id), "cv": 1, **claims}
        return {"authorization": f"Bearer {self.tokens.token(role, self.user_id, **wanted)}"}

    async def status(self, headers: dict[str, str], call: tuple[str, Any]) -> int:
        """The status of a read or a change."""
        method, line = call
        body = line and {**line, "product_id": str(uuid4())}
        answer = await self.sample.http.request(method, "/api/lines", json=body, headers=headers)
        if answer.status_code >= 400:
            problem(answer)
        return answer.status_code

    async def lines(self) -> int:
        """Count what was written."""
        return len(await self.sample.database.fetch("SELECT 1 FROM lines"))


def ended(user_id: UUID, session_id: UUID | None, version: int = 0) -> EndedAccess:
    """An entry of what ended just now."""
    entry = EndedAccess(user_id=str(user_id), session_id=str(session_id or ""), credentials_version=version)
    entry.ended_at.FromDatetime(datetime.now(UTC))
    entry.expires_at.FromDatetime(datetime.now(UTC) + timedelta(minutes=15))
    return entry


@pytest.fixture
async def door(
    start_service: StartService, peers: FakePeers, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> Door:
    """The sample with the guard on; nothing has ended, and all staff may do what their token says."""
    monkeypatch.setattr(access, "REMEMBER_SECONDS", 0.0)
    peers.answer("ListEndedAccess", ListEndedAccessResponse())
    peers.answer("CheckAccess", CheckAccessResponse(active=True, roles=["kitchen", "admin"]))
    return Door(await start_service(PACKAGE, check_access=True, access_poll_seconds=0.02), tokens)


async def test_a_change_by_staff_asks_and_everything_else_costs_no_call(door: Door, peers: FakePeers) -> None:
    customer, kitchen = door.token("customer"), door.token("kitchen")

    statuses = [
        await door.status({}, WRITE),
        await door.status(customer, READ),
        await door.status(customer, WRITE),
        await door.status(kitchen, READ),
    ]
    assert (statuses, peers.calls("CheckAccess")) == ([201, 200, 201, 200], [])

    assert await door.status(kitchen, WRITE) == 201
    [asked] = peers.requests("CheckAccess")
    assert (asked.user_id, asked.session_id, asked.credentials_version) == (
        str(door.user_id),
        str(door.session_id),
        1,
    )


async def test_staff_that_lost_its_access_changes_nothing(door: Door, peers: FakePeers) -> None:
    peers.answer("CheckAccess", CheckAccessResponse(active=False))

    answer = await door.sample.http.post("/api/lines", json=LINE, headers=door.token("admin"))

    assert (answer.status_code, problem(answer)["code"]) == (401, "ACCESS_ENDED")
    assert await door.lines() == 0


async def test_a_role_that_was_lost_opens_no_door(door: Door, peers: FakePeers) -> None:
    seen: list[Any] = []
    peers.answer("CheckAccess", CheckAccessResponse(active=True, roles=["customer"]))
    guard = door.sample.service.access
    admit = guard.admit

    async def watched(*arguments: Any, **named: Any) -> Any:
        seen.append(await admit(*arguments, **named))
        return seen[-1]

    guard.admit = watched  # type: ignore[method-assign]
    await door.status(door.token("kitchen", roles=["customer", "kitchen"]), WRITE)

    assert [each.roles for each in seen] == [{"customer"}]


async def test_without_an_answer_staff_changes_nothing_and_customers_do(door: Door, peers: FakePeers) -> None:
    await peers.stop()

    refused = await door.sample.http.post("/api/lines", json=LINE, headers=door.token("admin"))

    assert (refused.status_code, problem(refused)["code"]) == (503, "ACCESS_UNKNOWN")
    assert refused.headers["retry-after"] == "1"
    assert await door.lines() == 0
    assert await door.status(door.token("customer"), WRITE) == 201
    assert await door.status(door.token("admin"), READ) == 200


async def test_an_answer_about_staff_is_remembered_for_seconds_but_not_beyond_news(
    door: Door, peers: FakePeers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REMEMBER_SECONDS", 3600.0)
    token = door.token("kitchen")
    assert [await door.status(token, WRITE) for _ in range(3)] == [201] * 3
    assert len(peers.calls("CheckAccess")) == 1

    peers.answer("CheckAccess", CheckAccessResponse(active=False))
    peers.answer("ListEndedAccess", ListEndedAccessResponse(ended=[ended(door.user_id, None, 1)]))

    async def asked_again() -> bool:
        return await door.status(token, WRITE) == 401

    await until(asked_again)


async def test_a_session_that_ended_reads_nothing_within_a_poll(door: Door, peers: FakePeers) -> None:
    mine, other = door.token("customer"), door.token("customer", sid=str(uuid4()))
    assert await door.status(mine, READ) == 200

    peers.answer("ListEndedAccess", ListEndedAccessResponse(ended=[ended(door.user_id, door.session_id)]))

    async def refused() -> bool:
        return await door.status(mine, READ) == 401

    await until(refused)
    assert await door.status(mine, WRITE) == 401
    assert await door.status(other, READ) == 200
    assert await door.lines() == 0


async def test_older_versions_read_nothing_and_newer_ones_do(door: Door, peers: FakePeers) -> None:
    peers.answer("ListEndedAccess", ListEndedAccessResponse(ended=[ended(door.user_id, None, 2)]))

    async def refused() -> bool:
        return await door.status(door.token("customer"), READ) == 401

    await until(refused)
    without_version = {"authorization": f"Bearer {door.tokens.token('customer', door.user_id)}"}
    assert await door.status(without_version, READ) == 401
    assert await door.status(door.token("customer", cv=2), READ) == 200
    stranger = door.tokens.auth("customer")
    assert await door.status(stranger, READ) == 200


async def test_pages_are_read_to_the_end_and_the_next_question_overlaps(door: Door, peers: FakePeers) -> None:
    sessions = [uuid4() for _ in range(3)]

    def page(request: ListEndedAccessRequest) -> ListEndedAccessResponse:
        number = int(request.page_token or 0)
        following = str(number + 1) if number < 2 else ""
        return ListEndedAccessResponse(
            ended=[ended(door.user_id, sessions[number])], next_page_token=following
        )

    peers.answer("ListEndedAccess", page)

    for session_id in sessions:

        async def refused(session_id: UUID = session_id) -> bool:
            return await door.status(door.token("customer", sid=str(session_id)), READ) == 401

        await until(refused)
    asked = peers.requests("ListEndedAccess")
    assert not asked[0].HasField("since")
    newest = asked[-1].since.ToDatetime(tzinfo=UTC)
    assert newest < datetime.now(UTC) - timedelta(seconds=30)


async def test_an_outage_of_the_user_service_is_told_once(
    door: Door, peers: FakePeers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def told() -> list[str]:
        return [each.message for each in caplog.records if "which access ended" in each.message]

    await peers.stop()
    await until(lambda: len(told()) == 1)
    await asyncio.sleep(0.2)
    await peers.start()
    await until(lambda: len(told()) == 2)

    assert told()[0].startswith("cannot learn")
    assert told()[1].startswith("learn again")


async def test_what_expired_is_forgotten() -> None:
    class Source:
        async def check(self, principal: object) -> Any:
            raise AssertionError(principal)

        async def list_ended(self, since: datetime | None) -> list[access.Ended]:
            now = datetime.now(UTC)
            return [
                access.Ended(uuid4(), uuid4(), 0, now, now - timedelta(seconds=1)),
                access.Ended(uuid4(), None, 2, now, now - timedelta(seconds=1)),
                access.Ended(uuid4(), uuid4(), 0, now, now + timedelta(hours=1)),
            ]

    guard = access.AccessGuard(Source())
    await guard.learn()
    await guard.learn()

    assert guard.ends_known == 2


async def test_a_defect_of_the_answer_is_unknown_and_not_allowed(door: Door, peers: FakePeers) -> None:
    peers.fail("CheckAccess", grpc.StatusCode.INTERNAL)

    assert await door.status(door.token("admin"), WRITE) == 503
    assert await door.lines() == 0
