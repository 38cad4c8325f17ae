"""The notifications that users and admins read."""

from uuid import uuid4

from tests.services.notification.conftest import Desk


async def test_a_user_reads_the_own_ones(desk: Desk) -> None:
    sent = [(await desk.send(channel="IN_APP")).notification_id for _ in range(3)]
    await desk.send(channel="IN_APP", user_id=str(uuid4()))
    first = (await desk.http.get("/api/notifications?page_size=2", headers=desk.mine)).json()
    token = first["next_page_token"]
    rest = (await desk.http.get(f"/api/notifications?page_token={token}", headers=desk.mine)).json()
    assert [each["notification_id"] for each in first["items"] + rest["items"]] == sent[::-1]
    assert rest["next_page_token"] == ""

    read = await desk.http.post(f"/api/notifications/{sent[0]}/read", headers=desk.mine)

    again = await desk.http.post(f"/api/notifications/{sent[0]}/read", headers=desk.mine)
    assert read.json()["read_at"] == again.json()["read_at"] is not None
    unread = (await desk.http.get("/api/notifications?unread=true", headers=desk.mine)).json()["items"]
    assert [each["notification_id"] for each in unread] == sent[:0:-1]
    everybody = (await desk.http.get("/api/notifications", headers=desk.admin)).json()["items"]
    assert len(everybody) == 4
    path = f"/api/notifications?user_id={desk.user_id}&status=SENT"
    assert len((await desk.http.get(path, headers=desk.admin)).json()["items"]) == 3


async def test_an_admin_pages_through_what_failed(desk: Desk) -> None:
    await desk.post("/api/rules", channel="EMAIL", enabled=False)
    failed = [(await desk.send()).notification_id for _ in range(3)]
    await desk.send(channel="IN_APP")
    path = "/api/notifications?status=FAILED&page_size=2"

    first = (await desk.http.get(path, headers=desk.admin)).json()
    token = first["next_page_token"]
    rest = (await desk.http.get(f"{path}&page_token={token}", headers=desk.admin)).json()

    assert [each["notification_id"] for each in first["items"] + rest["items"]] == failed[::-1]
    assert rest["next_page_token"] == ""
    own = (await desk.http.get("/api/notifications?status=FAILED", headers=desk.mine)).json()["items"]
    assert len(own) == 3
