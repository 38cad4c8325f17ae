"""A text that lets its reader in is kept nowhere, whatever its template says and whoever edits that."""

import logging
from typing import Any

import grpc
import pytest
from bunmart.user.v1.user_pb2 import GetUserResponse, UserInfo
from bunmart_notification.domain import Template
from bunmart_notification.plain_templates import shows_whole

from tests.services.notification.conftest import MAIL, Desk
from tests.support import problem, rpc_error
from tests.support.secrets import places_of

SECRET = "s3cr3t-Tok3n_of-a-reset"
LINK = f"http://127.0.0.1:8080/reset-password#token={SECRET}"
PATH = "/api/templates/password_reset"
DATA = {"name": "Ada", "url": LINK}


async def edit(desk: Desk, **texts: Any) -> Any:
    """An admin edits the template of password resets."""
    body = {"subject": "Set a new password", "body": "Open {{ url }} now.", **texts}
    return await desk.http.put(PATH, json=body, headers=desk.admin)


async def reset(desk: Desk, **fields: Any) -> Any:
    """The user service has a link sent."""
    return await desk.send("password_reset", data=DATA, confidential=True, **fields)


async def assert_nothing_is_kept(desk: Desk) -> None:
    """Search database and REST for the secret."""
    assert await places_of(desk.database, [SECRET]) == []
    for path in ("/api/notifications", "/api/ops/notification/held-jobs"):
        answer = await desk.http.get(path, headers=desk.admin)
        assert (answer.status_code, SECRET in answer.text) == (200, False)


async def test_the_mail_is_sent_before_the_answer_and_nothing_of_it_is_kept(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    sent = await reset(desk, key="once")

    [(to, message)] = desk.mail.messages
    assert (sent.status, to) == ("SENT", [MAIL])
    assert LINK in message.get_content()
    assert await reset(desk, key="once") == sent
    assert len(desk.mail.messages) == 1
    await assert_nothing_is_kept(desk)
    # The mail server of the test logs what it receives; everything else is ours.
    assert not [each for each in caplog.records if SECRET in each.getMessage() and each.name != "mail.log"]
    shown = await desk.shown(sent.notification_id)
    assert (shown["subject"], shown["body"], shown["status"]) == ("", "", "SENT")


@pytest.mark.parametrize(
    "texts",
    [
        {"confidential": False},
        {"subject": "{{ url }}", "confidential": False},
        {"body": "{{ name }}\n{{ url }}", "html": '<a href="{{ url }}">new password</a>'},
    ],
)
async def test_an_edit_of_the_template_makes_nothing_readable(desk: Desk, texts: dict[str, Any]) -> None:
    edited = await edit(desk, **texts)
    assert (edited.status_code, edited.json()["confidential"]) == (200, True)

    assert (await reset(desk)).status == "SENT"

    await assert_nothing_is_kept(desk)
    # The flag of the template alone holds too, until the mail has left.
    await desk.send("password_reset", data=DATA)
    await desk.service.settle()
    rows = await desk.database.fetch("SELECT body, html FROM notifications")
    assert {(each["body"], each["html"]) for each in rows} == {("", None)}


async def test_a_template_that_was_made_anew_without_the_flag_makes_nothing_readable(desk: Desk) -> None:
    await desk.http.delete(PATH, headers=desk.admin)
    body = {"template_id": "password_reset", "subject": "{{ url }}", "body": "{{ url }}"}
    assert (await desk.post("/api/templates", **body)).status_code == 201

    assert (await reset(desk)).status == "SENT"

    await assert_nothing_is_kept(desk)


@pytest.mark.parametrize(
    "body",
    [
        "https://elsewhere.example/?{{ url }}",
        "{{ url }}.elsewhere.example",
        "{{ url|urlencode }}",
        "{{ url[5:] }}",
        "{% for each in url %}{{ each }} {% endfor %}",
        "{% set there = url %}{{ there }}",
        "{{ 'https://elsewhere.example/' ~ url }}",
    ],
)
async def test_a_template_that_sends_the_link_elsewhere_is_not_sent(desk: Desk, body: str) -> None:
    edited = await edit(desk, body=body)
    if edited.status_code == 400:
        assert problem(edited)["errors"][0]["field"] == "body"
    # It may have been stored by a release that did not look.
    await desk.database.execute("UPDATE templates SET body = $1, updated_at = now()", body)

    answer = await reset(desk)

    assert (answer.status, desk.mail.messages) == ("FAILED", [])
    await assert_nothing_is_kept(desk)
    again = await desk.post(f"/api/notifications/{answer.notification_id}/retry")
    assert problem(again)["code"] == "NOTIFICATION_NOT_RETRYABLE"


def test_a_link_is_shown_by_itself() -> None:
    assert shows_whole(f"Open {LINK} now", LINK)
    assert shows_whole(f'<a href="{LINK}">{LINK}</a>', LINK)
    assert shows_whole("no link", LINK)
    assert not shows_whole(f"Open {LINK} or https://elsewhere.example/?{LINK}", LINK)


async def test_a_mail_server_that_is_away_keeps_nothing_and_the_sender_tries_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.mail.stop()

    error = await rpc_error(
        desk.stub.SendNotification(desk.request("password_reset", data=DATA, confidential=True))
    )

    assert (error.status, error.reason) == (grpc.StatusCode.UNAVAILABLE, "MAIL_UNAVAILABLE")
    assert SECRET not in error.message
    assert await desk.count() == 0
    await desk.mail.start()
    assert (await reset(desk)).status == "SENT"
    await assert_nothing_is_kept(desk)
    assert SECRET not in caplog.text


async def test_what_a_mail_server_quotes_is_not_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.mail.refusals = [f"554 spam: {LINK}"]

    assert (await reset(desk)).status == "FAILED"

    await assert_nothing_is_kept(desk)
    assert SECRET not in caplog.text
    desk.mail.refusals = [f"451 later: {LINK}"]
    error = await rpc_error(
        desk.stub.SendNotification(desk.request("password_reset", data=DATA, confidential=True))
    )
    assert SECRET not in error.message


async def test_a_secret_never_goes_to_the_app_nor_to_nobody(desk: Desk) -> None:
    request = desk.request("password_reset", "IN_APP", data=DATA, confidential=True)
    assert list((await rpc_error(desk.stub.SendNotification(request))).fields) == ["channel"]
    rule = {"template_id": "password_reset", "channel": "IN_APP", "enabled": True}
    assert (await desk.post("/api/rules", **rule)).status_code == 201
    desk.peers.answer("GetUser", GetUserResponse(user=UserInfo(user_id=desk.user_id)))

    assert (await reset(desk)).status == "FAILED"

    assert (await desk.count(), desk.mail.messages) == (1, [])
    await assert_nothing_is_kept(desk)


async def test_a_channel_that_is_switched_off_sends_no_secret(desk: Desk) -> None:
    rule = {"template_id": "password_reset", "channel": "EMAIL", "enabled": False}
    assert (await desk.post("/api/rules", **rule)).status_code == 201

    assert (await reset(desk)).status == "FAILED"

    assert desk.mail.messages == []
    await assert_nothing_is_kept(desk)


def test_a_template_has_no_other_place_for_a_secret() -> None:
    """A new text of templates must be looked at by ``require_plain`` too."""
    assert [
        each for each in Template.__struct_fields__ if each not in ("id", "confidential", "updated_at")
    ] == [
        "subject",
        "body",
        "html",
    ]
