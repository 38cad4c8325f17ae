"""Rules: channels that are switched on or off."""

import asyncio
from typing import Any

from tests.services.notification.conftest import Desk
from tests.services.notification.test_templates import ALL_TEMPLATES
from tests.support import problem, until
from tests.support.effort import effort

_WAITERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def test_a_rule_switches_a_channel_off_for_all_or_on_for_one(desk: Desk) -> None:
    off = await desk.post("/api/rules", channel="EMAIL", enabled=False)
    assert off.status_code == 201
    answer = await desk.send()
    assert answer.status == "FAILED"
    assert (await desk.shown(answer.notification_id))["error"] == "switched off by a rule"

    on = await desk.post("/api/rules", template_id="order_paid", channel="EMAIL", enabled=True)

    assert (await desk.send()).status == "QUEUED"
    assert (await desk.send("order_packed")).status == "FAILED"
    await desk.http.put(f"/api/rules/{on.json()['rule_id']}", json={"enabled": False}, headers=desk.admin)
    assert (await desk.send()).status == "FAILED"
    await desk.http.delete(f"/api/rules/{on.json()['rule_id']}", headers=desk.admin)
    await desk.http.delete(f"/api/rules/{off.json()['rule_id']}", headers=desk.admin)
    assert (await desk.send()).status == "QUEUED"
    await desk.service.settle()
    assert len(desk.mail.messages) == 2


async def test_a_rule_adds_a_channel(desk: Desk) -> None:
    await desk.post("/api/rules", template_id="order_paid", channel="IN_APP", enabled=True)

    answer = await desk.send()

    rows = await desk.database.fetch("SELECT id, channel, status FROM notifications ORDER BY channel")
    assert [(row["channel"], row["status"]) for row in rows] == [("EMAIL", "QUEUED"), ("IN_APP", "SENT")]
    assert str(rows[0]["id"]) == answer.notification_id


async def test_there_is_one_rule_for_a_template_and_channel(desk: Desk) -> None:
    for template in (None, "order_paid"):
        body: dict[str, Any] = {"template_id": template, "channel": "SMS", "enabled": True}
        responses = await asyncio.gather(*(desk.post("/api/rules", **body) for _ in range(3)))
        assert sorted(each.status_code for each in responses) == [201, 409, 409]
        taken = problem(next(each for each in responses if each.status_code == 409))
        assert (taken["code"], taken["errors"][0]["field"]) == ("RULE_EXISTS", "template_id")
    unknown = await desk.post("/api/rules", template_id="nope", channel="SMS", enabled=True)
    assert (unknown.status_code, problem(unknown)["code"]) == (404, "TEMPLATE_NOT_FOUND")
    assert problem(unknown)["errors"][0]["field"] == "template_id"
    listed = (await desk.http.get("/api/rules", headers=desk.admin)).json()["items"]
    assert [rule["template_id"] for rule in listed] == [None, "order_paid"]


async def test_a_rule_for_a_template_that_is_deleted_meanwhile_is_not_found(desk: Desk) -> None:
    for number in range(effort(30)):
        name = f"sale_{number}"
        await desk.post("/api/templates", template_id=name, subject="Sale", body="Now!")
        added, deleted = await asyncio.gather(
            desk.post("/api/rules", template_id=name, channel="SMS", enabled=True),
            desk.http.delete(f"/api/templates/{name}", headers=desk.admin),
        )
        assert deleted.status_code == 204
        if added.status_code != 201:
            assert (added.status_code, problem(added)["code"]) == (404, "TEMPLATE_NOT_FOUND")

    assert await desk.count("rules") == 0
    assert await desk.count("templates") == len(ALL_TEMPLATES)


async def test_a_rule_waits_for_a_template_that_is_being_deleted(desk: Desk) -> None:
    await desk.post("/api/templates", template_id="sale", subject="Sale", body="Now!")
    async with desk.database.transaction() as unit:
        await unit.execute("DELETE FROM templates WHERE id = 'sale'")
        adding = asyncio.create_task(desk.post("/api/rules", template_id="sale", channel="SMS", enabled=True))
        await until(lambda: desk.database.pool.fetchval(_WAITERS))
    added = await adding

    assert (added.status_code, problem(added)["code"]) == (404, "TEMPLATE_NOT_FOUND")
    assert await desk.count("rules") == 0
