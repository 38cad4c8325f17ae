"""Attachments come with the mail once, and are gone when it is sent."""

import asyncio
from email.message import EmailMessage
from typing import Any

import grpc
import pytest
from bunmart.notification.v1.notification_pb2 import SendNotificationRequest

from tests.services.notification.conftest import Desk
from tests.support import rpc_error

Attachment = SendNotificationRequest.Attachment
PDF = Attachment(filename="receipt-BM-1.pdf", content_type="application/pdf", content=b"%PDF-1.4 \x00\xff")
PAGE = Attachment(filename="receipt-BM-1.html", content_type="text/html", content="<p>Käse</p>".encode())


def _text(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).strip()


async def test_a_mail_carries_its_attachments_beside_text_and_html(desk: Desk) -> None:
    await desk.post("/api/templates", template_id="both", subject="s", body="b", html="<i>b</i>")

    for template in ("order_paid", "both"):
        await desk.send(template, attachments=[PDF, PAGE])
        await desk.service.settle()

    for _, message in desk.mail.messages:
        files = [
            (part.get_filename(), part.get_content_type(), part.get_content_disposition(), part.get_content())
            for part in message.iter_attachments()
        ]
        assert files == [
            ("receipt-BM-1.pdf", "application/pdf", "attachment", PDF.content),
            ("receipt-BM-1.html", "text/html", "attachment", "<p>Käse</p>"),
        ]
    plain, both = (message for _, message in desk.mail.messages)
    assert "is paid" in _text(plain, "plain")
    assert (_text(both, "plain"), _text(both, "html")) == ("b", "<i>b</i>")
    assert await desk.count("attachments") == 0


async def test_repeats_with_one_key_send_one_mail_with_its_attachment(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.send(attachments=[PDF], key="paid-42") for _ in range(6)))
    answers.append(await desk.send(attachments=[PDF], key="paid-42"))
    await desk.service.settle()

    assert len({answer.notification_id for answer in answers}) == 1
    [(_, message)] = desk.mail.messages
    assert len(list(message.iter_attachments())) == 1
    assert (await desk.shown(answers[0].notification_id))["attachments"] == 1


async def test_an_attachment_waits_for_the_mail_server_and_for_an_admin(desk: Desk) -> None:
    desk.mail.refusals = ["550 no"]
    answer = await desk.send(attachments=[PDF])
    await desk.service.settle()
    assert (await desk.shown(answer.notification_id))["status"] == "FAILED"
    assert await desk.count("attachments") == 1

    await desk.post(f"/api/notifications/{answer.notification_id}/retry")
    await desk.service.settle()

    [(_, message)] = desk.mail.messages
    assert [part.get_filename() for part in message.iter_attachments()] == ["receipt-BM-1.pdf"]
    assert await desk.count("attachments") == 0


async def test_a_confidential_mail_that_fails_keeps_no_attachment(desk: Desk) -> None:
    await desk.post("/api/templates", template_id="secret", subject="s", body="b", confidential=True)
    desk.mail.refusals = ["550 no"]

    await desk.send("secret", attachments=[PDF])
    await desk.service.settle()

    assert (await desk.count(), await desk.count("attachments")) == (1, 0)


@pytest.mark.parametrize("channel", ["SMS", "IN_APP"])
async def test_other_channels_leave_attachments_out(desk: Desk, channel: str) -> None:
    assert (await desk.send(channel=channel, attachments=[PDF])).status in ("QUEUED", "SENT")

    assert await desk.count("attachments") == 0


@pytest.mark.parametrize(
    ("attachments", "field"),
    [
        ([PDF] * 6, "attachments"),
        ([Attachment(filename="a", content_type="text/html", content=b"x" * 2**20), PDF], "attachments"),
        (
            [PDF, Attachment(filename="a.exe", content_type="application/x-msdownload")],
            "attachments[1].content_type",
        ),
        (
            [Attachment(filename="a\r\nBcc: b@example.org", content_type="text/html")],
            "attachments[0].filename",
        ),
        ([Attachment(filename="../a", content_type="text/html")], "attachments[0].filename"),
        ([Attachment(filename="", content_type="text/html")], "attachments[0].filename"),
    ],
)
async def test_an_attachment_that_cannot_be_is_refused_and_nothing_is_stored(
    desk: Desk, attachments: list[Any], field: str
) -> None:
    error = await rpc_error(desk.send(attachments=attachments))

    assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert (await desk.count(), await desk.count("attachments")) == (0, 0)
