"""Flags, decisions and their log."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from tests.services.review.conftest import BUN, USER, Desk
from tests.support import problem


async def test_two_flags_are_listed_and_the_third_hides(desk: Desk) -> None:
    review_id = await desk.written(1)
    await desk.written(5, by=desk.stranger)

    await desk.flag(review_id, 2)
    listed = (await desk.http.get("/api/reviews", params={"flagged": True}, headers=desk.admin)).json()
    assert [(item["review_id"], item["flag_count"], item["status"]) for item in listed["items"]] == [
        (review_id, 2, "PUBLISHED")
    ]
    assert await desk.rating() == (3.0, 2)

    await desk.flag(review_id)
    assert await desk.status(review_id) == "FLAGGED"
    assert review_id not in await desk.public()
    assert await desk.rating() == (5.0, 1)


async def test_a_user_flags_once(desk: Desk) -> None:
    path = f"/api/reviews/{await desk.written()}/flag"

    responses = await asyncio.gather(*(desk.http.post(path, headers=desk.stranger) for _ in range(6)))

    assert {response.status_code for response in responses} == {204}
    assert (await desk.count("review_flags"), await desk.rating()) == (1, (5.0, 1))


async def test_many_flags_at_once_hide_once(desk: Desk) -> None:
    review_id = await desk.written()

    await desk.flag(review_id, 10)

    assert (await desk.status(review_id), await desk.rating()) == ("FLAGGED", (0.0, 0))


async def test_publishing_settles_the_flags_so_far(desk: Desk) -> None:
    review_id = await desk.written()
    flaggers = [desk.customer(uuid4()) for _ in range(3)]
    for each in flaggers:
        await desk.http.post(f"/api/reviews/{review_id}/flag", headers=each)

    review = await desk.moderate(review_id, "publish", "It is an opinion.")
    for each in flaggers:
        await desk.http.post(f"/api/reviews/{review_id}/flag", headers=each)

    assert (review["status"], review["flag_count"]) == ("PUBLISHED", 0)
    assert (await desk.status(review_id), await desk.rating()) == ("PUBLISHED", (5.0, 1))


async def test_a_removal_is_logged_and_its_author_told_once(desk: Desk) -> None:
    review_id = await desk.written(2)
    await desk.service.settle()

    await desk.moderate(review_id, "remove", "Insult.")
    await desk.moderate(review_id, "remove", "Still.")
    await desk.service.settle()

    assert (await desk.public(), await desk.rating()) == ([], (0.0, 0))
    _, sent = desk.peers.requests("SendNotification")
    assert (sent.user_id, sent.template_id) == (str(USER), "review_moderated")
    assert dict(sent.template_data) == {
        "product_id": str(BUN),
        "rating": "2",
        "status": "REMOVED",
        "note": "Insult.",
    }
    logs = await desk.http.get("/api/moderation-logs", params={"review_id": review_id}, headers=desk.admin)
    assert [(log["action"], log["note"]) for log in logs.json()["items"]] == [
        ("remove", "Still."),
        ("remove", "Insult."),
    ]


async def test_concurrent_duplicates_of_a_decision_are_logged_once(desk: Desk) -> None:
    review_id = await desk.written(2)
    await desk.service.settle()
    headers = {**desk.admin, "idempotency-key": "decision-1"}

    responses = await asyncio.gather(
        *(
            desk.http.post(f"/api/reviews/{review_id}/moderate", json={"action": "remove"}, headers=headers)
            for _ in range(4)
        )
    )
    await desk.service.settle()

    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    assert (await desk.count("moderation_logs"), await desk.rating()) == (1, (0.0, 0))
    assert [sent.template_id for sent in desk.peers.requests("SendNotification")] == [
        "review_published",
        "review_moderated",
    ]


async def test_a_review_waits_for_an_admin_when_the_shop_wants_it(
    open_desk: Callable[..., Awaitable[Desk]],
) -> None:
    desk = await open_desk(publish_at_once=False)
    review_id = await desk.written(4)
    await desk.service.settle()
    assert (await desk.status(review_id), await desk.public()) == ("PENDING", [])
    assert desk.peers.requests("SendNotification") == []

    await desk.moderate(review_id, "publish")
    assert (await desk.public(), await desk.rating()) == ([review_id], (4.0, 1))

    await desk.http.put(f"/api/reviews/{review_id}", json={"rating": 1}, headers=desk.author)
    assert (await desk.status(review_id), await desk.rating()) == ("PENDING", (0.0, 0))


async def test_a_hidden_review_that_changes_stays_hidden(desk: Desk) -> None:
    review_id = await desk.written(1)
    await desk.flag(review_id, 3)

    await desk.http.put(f"/api/reviews/{review_id}", json={"rating": 5}, headers=desk.author)
    assert (await desk.status(review_id), await desk.rating()) == ("FLAGGED", (0.0, 0))

    await desk.moderate(review_id, "publish")
    assert await desk.rating() == (5.0, 1)


async def test_an_entry_of_the_log_is_created_changed_and_deleted(desk: Desk) -> None:
    review_id = await desk.written()
    body = {"review_id": review_id, "action": "note", "note": "Watch this one."}

    created = await desk.http.post("/api/moderation-logs", json=body, headers=desk.admin)
    path = f"/api/moderation-logs/{created.json()['moderation_log_id']}"
    changed = await desk.http.put(path, json={"note": "Harmless."}, headers=desk.admin)

    assert (created.status_code, await desk.status(review_id)) == (201, "PUBLISHED")
    assert changed.json() == {**created.json(), "note": "Harmless."}
    assert (await desk.http.get(path, headers=desk.admin)).json() == changed.json()
    assert (await desk.http.delete(path, headers=desk.admin)).status_code == 204
    for gone in (
        await desk.http.get(path, headers=desk.admin),
        await desk.http.put(path, json={"note": ""}, headers=desk.admin),
        await desk.http.delete(path, headers=desk.admin),
    ):
        assert (gone.status_code, problem(gone)["code"]) == (404, "MODERATION_LOG_NOT_FOUND")


async def test_a_decision_in_the_log_is_carried_out(desk: Desk) -> None:
    body = {"review_id": await desk.written(), "action": "remove", "note": "Spam."}

    created = await desk.http.post("/api/moderation-logs", json=body, headers=desk.admin)

    assert (created.status_code, created.json()["action"]) == (201, "remove")
    assert await desk.rating() == (0.0, 0)


async def test_a_log_of_no_review_is_refused(desk: Desk) -> None:
    body = {"review_id": str(uuid4()), "action": "note", "note": "?"}

    refused = await desk.http.post("/api/moderation-logs", json=body, headers=desk.admin)

    assert (refused.status_code, problem(refused)["code"]) == (404, "REVIEW_NOT_FOUND")
    assert await desk.count("moderation_logs") == 0


async def test_the_log_keeps_what_an_admin_deleted(desk: Desk) -> None:
    review_id = await desk.written()

    response = await desk.http.delete(f"/api/reviews/{review_id}", headers=desk.admin)

    assert (response.status_code, await desk.rating()) == (204, (0.0, 0))
    (log,) = (await desk.http.get("/api/moderation-logs", headers=desk.admin)).json()["items"]
    assert (log["review_id"], log["action"]) == (review_id, "delete")
