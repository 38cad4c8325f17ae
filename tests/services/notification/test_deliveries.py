"""Mail, SMS and in-app, and what goes wrong on the way."""

import asyncio

import grpc
from bunmart.user.v1.user_pb2 import GetUserResponse, UserInfo
from bunmart_chassis.errors import NotFoundError
from bunmart_notification.domain import GIVE_UP_AFTER

from tests.services.notification.conftest import MAIL, Desk
from tests.support import problem


async def test_a_mail_is_queued_then_sent(desk: Desk) -> None:
    answer = await desk.send(reference_type="order", reference_id="42")

    assert answer.status == "QUEUED"
    await desk.service.settle()
    [(recipients, message)] = desk.mail.messages
    assert recipients == [MAIL]
    assert (message["Subject"], message["To"], message["From"]) == (
        "We have your order",
        MAIL,
        "BunMart <hello@bunmart.local>",
    )
    assert message["Message-ID"] == f"<{answer.notification_id}@bunmart.local>"
    assert "Hello Ada," in message.get_content()
    assert "your order 42 is paid" in message.get_content()
    shown = await desk.shown(answer.notification_id)
    assert (shown["status"], shown["error"], shown["reference_type"], shown["reference_id"]) == (
        "SENT",
        None,
        "order",
        "42",
    )
    assert shown["sent_at"] is not None


async def test_all_mail_goes_over_one_connection(desk: Desk) -> None:
    await asyncio.gather(*(desk.send() for _ in range(10)))

    await desk.service.settle()

    assert (len(desk.mail.messages), desk.mail.connections) == (10, 1)


async def test_a_connection_that_the_server_closed_is_opened_again(desk: Desk) -> None:
    await desk.send()
    await desk.service.settle()
    desk.mail.hang_up()

    await desk.send()
    await desk.service.settle(retries=False)

    assert (len(desk.mail.messages), desk.mail.connections) == (2, 2)


async def test_an_sms_leaves_through_the_gateway(desk: Desk) -> None:
    await desk.send(channel="SMS")

    await desk.service.settle()

    [(recipients, message)] = desk.mail.messages
    assert recipients == ["4915112345678@sms.bunmart.local"]
    assert "Subject" not in message
    assert "your order 42 is paid" in message.get_content()


async def test_in_app_is_sent_at_once(desk: Desk) -> None:
    answer = await desk.send(channel="IN_APP")

    assert answer.status == "SENT"
    await desk.service.settle()
    assert desk.mail.messages == []
    assert desk.peers.calls("GetUser") == []


async def test_text_survives_the_journey(desk: Desk) -> None:
    texts = {"subject": "{{ name }}", "body": "Hello {{ name }},\n{{ order_id }}"}
    await desk.http.put("/api/templates/order_paid", json=texts, headers=desk.admin)
    await desk.send(data={"name": "Grüße 🥐\nBcc: eve@example.org", "order_id": "x" * 1500})

    await desk.service.settle()

    [(recipients, message)] = desk.mail.messages
    assert recipients == [MAIL]
    assert message["Subject"] == "Grüße 🥐 Bcc: eve@example.org"
    assert message["Bcc"] is None
    assert "Hello Grüße 🥐\r\nBcc" in message.get_content()
    assert "x" * 1500 in message.get_content()


async def test_a_repeated_call_sends_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.send(key="once") for _ in range(4)))
    later = await desk.send(key="once")

    assert len({each.notification_id for each in [*answers, later]}) == 1
    await desk.service.settle()
    assert (len(desk.mail.messages), await desk.count()) == (1, 1)


async def test_a_busy_mail_server_is_asked_again(desk: Desk) -> None:
    desk.mail.refusals = ["451 try later", "451 try later"]
    answer = await desk.send()

    await desk.service.settle()

    assert len(desk.mail.messages) == 1
    assert (await desk.shown(answer.notification_id))["status"] == "SENT"


async def test_mail_waits_for_a_server_that_is_down(desk: Desk) -> None:
    await desk.mail.stop()
    answer = await desk.send()
    await desk.service.settle(retries=False)
    shown = await desk.shown(answer.notification_id)
    assert shown["status"] == "QUEUED"
    assert "mail server" in shown["error"]
    await desk.mail.start()

    await desk.service.settle()

    assert (await desk.shown(answer.notification_id))["status"] == "SENT"


async def test_after_many_attempts_it_has_failed_and_can_be_retried(desk: Desk) -> None:
    desk.peers.fail("GetUser", grpc.StatusCode.UNAVAILABLE, times=GIVE_UP_AFTER)
    answer = await desk.send()

    await desk.service.settle(timeout=30)

    shown = await desk.shown(answer.notification_id)
    assert (shown["status"], shown["error"]) == ("FAILED", "user does not answer; retry in a moment.")
    assert len(desk.peers.calls("GetUser")) == GIVE_UP_AFTER
    retried = await desk.post(f"/api/notifications/{answer.notification_id}/retry")
    assert retried.json()["status"] == "QUEUED"
    await desk.service.settle()
    assert (await desk.shown(answer.notification_id))["status"] == "SENT"
    again = await desk.post(f"/api/notifications/{answer.notification_id}/retry")
    assert (again.status_code, problem(again)["code"]) == (409, "NOTIFICATION_NOT_RETRYABLE")
    assert len(desk.mail.messages) == 1


async def test_concurrent_retries_deliver_once(desk: Desk) -> None:
    desk.mail.refusals = ["554 no such mailbox"]
    answer = await desk.send()
    await desk.service.settle()
    path = f"/api/notifications/{answer.notification_id}/retry"

    retried = await asyncio.gather(*(desk.post(path) for _ in range(5)))

    assert [each.status_code for each in retried] == [200] * 5
    await desk.service.settle()
    shown = await desk.shown(answer.notification_id)
    assert (shown["status"], len(desk.mail.messages)) == ("SENT", 1)


async def test_what_cannot_be_delivered_fails_at_once(desk: Desk) -> None:
    desk.mail.refusals = ["554 no such mailbox"]
    refused = await desk.send()
    await desk.service.settle()
    desk.peers.answer("GetUser", GetUserResponse(user=UserInfo()))
    unreachable, silent = await desk.send(), await desk.send(channel="SMS")
    await desk.service.settle()
    desk.peers.answer(
        "GetUser", GetUserResponse(user=UserInfo(email="ada@example.org\r\nRCPT TO:<eve@x.org>"))
    )
    forged = await desk.send()
    await desk.service.settle()
    desk.peers.fail("GetUser", NotFoundError("No user."))
    unknown = await desk.send()
    await desk.service.settle()

    errors = {}
    for answer in (refused, unreachable, silent, forged, unknown):
        shown = await desk.shown(answer.notification_id)
        assert shown["status"] == "FAILED"
        errors[answer.notification_id] = shown["error"]
    texts = list(errors.values())
    assert "no such mailbox" in texts[0]
    assert texts[1:3] == ["the user has no e-mail address", "the user has no phone number"]
    assert texts[3].startswith("no address")
    assert texts[4] == "there is no such user"
    assert desk.mail.messages == []


async def test_a_deleted_notification_is_not_delivered(desk: Desk) -> None:
    await desk.mail.stop()
    answer = await desk.send()
    await desk.service.settle(retries=False)
    path = f"/api/notifications/{answer.notification_id}"
    assert (await desk.http.delete(path, headers=desk.admin)).status_code == 204
    await desk.mail.start()

    await desk.service.settle()

    assert desk.mail.messages == []


async def test_a_confidential_text_is_erased_once_it_is_sent(desk: Desk) -> None:
    await desk.post("/api/rules", channel="IN_APP", enabled=True)
    data = {"name": "Ada", "token": "s3cret", "url": "http://127.0.0.1/#token=s3cret"}
    answer = await desk.send("password_reset", data=data)
    assert (await desk.shown(answer.notification_id))["body"] == ""

    await desk.service.settle()

    [(_, message)] = desk.mail.messages
    assert "s3cret" in message.get_content()
    assert await desk.count() == 1
    for table in ("notifications", "idempotency_keys", "pgqueuer", "pgqueuer_log"):
        assert "s3cret" not in str(await desk.database.fetch(f"SELECT * FROM {table}"))


async def test_an_admin_sends_to_a_user(desk: Desk) -> None:
    body = {
        "user_id": desk.user_id,
        "channel": "EMAIL",
        "template_id": "user_welcome",
        "template_data": {"name": "A"},
    }
    headers = {**desk.admin, "idempotency-key": "k"}

    responses = [await desk.http.post("/api/notifications", json=body, headers=headers) for _ in range(2)]

    assert [each.status_code for each in responses] == [201, 201]
    assert responses[0].json() == responses[1].json()
    await desk.service.settle()
    assert len(desk.mail.messages) == 1
