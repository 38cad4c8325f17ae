"""Mail sent over SMTP is seen over HTTP, and survives a restart."""

import contextlib
import socket
from collections.abc import AsyncGenerator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from bunmart_dev.free_ports import free_port
from bunmart_dev.mail_catcher.mailbox import Mailbox, MessageNotFoundError

from tests.dev.process_support import failing_program, running_program

MODULE = "bunmart_dev.mail_catcher"


@contextlib.asynccontextmanager
async def running_catcher(folder: Path) -> AsyncGenerator[tuple[int, httpx.AsyncClient], None]:
    smtp_port, http_port = free_port(), free_port()
    url = f"http://127.0.0.1:{http_port}"
    environment = {
        "MAIL_CATCHER_SMTP_PORT": str(smtp_port),
        "MAIL_CATCHER_HTTP_PORT": str(http_port),
        "MAIL_CATCHER_FOLDER": str(folder),
    }
    async with (
        running_program(MODULE, environment, f"{url}/health"),
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield smtp_port, client


def order_mail(to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "BunMart <shop@bunmart.example>"
    message["To"] = to
    message["Subject"] = "Brötchen <b>paid</b>"
    message.set_content("Grüße!\n")
    message.add_alternative("<p onclick='x()'>Grüße!</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="receipt.pdf")
    return message


async def test_mail_is_caught_and_kept(tmp_path: Path) -> None:
    async with running_catcher(tmp_path) as (smtp_port, client):
        for to in ("ann@example.org", "bob@example.org"):
            await aiosmtplib.send(order_mail(to), hostname="127.0.0.1", port=smtp_port)

        everything = (await client.get("/messages")).json()
        (summary,) = (await client.get("/messages", params={"to": "ANN@example.org"})).json()
        message = (await client.get(f"/messages/{summary['id']}")).json()
        raw = await client.get(f"/messages/{summary['id']}/raw")
        page = await client.get("/")
        view = await client.get(f"/view/{summary['id']}")
        file = await client.get(f"/messages/{summary['id']}/attachments/0")
        gone = await client.get(f"/messages/{summary['id']}/attachments/1")

        # A connection that stays open must not keep the process from ending.
        idle = socket.create_connection(("127.0.0.1", smtp_port))
    idle.close()

    assert [mail["to"] for mail in everything] == [["bob@example.org"], ["ann@example.org"]]
    assert {each.headers["content-type"] for each in (page, view)} == {"text/html; charset=utf-8"}
    assert message["subject"] == "Brötchen <b>paid</b>"
    assert message["from"] == "BunMart <shop@bunmart.example>"
    assert message["envelope_from"] == "shop@bunmart.example"
    assert message["text"].strip() == "Grüße!"
    assert message["attachments"] == [
        {"filename": "receipt.pdf", "content_type": "application/pdf", "size_bytes": 4}
    ]
    assert (file.status_code, file.content, file.headers["content-disposition"]) == (
        200,
        b"%PDF",
        "attachment; filename*=utf-8''receipt.pdf",
    )
    assert gone.status_code == 404
    assert f'<a href="/messages/{summary["id"]}/attachments/0">receipt.pdf</a>' in view.text
    assert raw.text.startswith("Return-Path: <shop@bunmart.example>\r\nDelivered-To: ann@example.org\r\n")
    assert "Brötchen &lt;b&gt;paid&lt;/b&gt;" in page.text
    assert "<b>paid" not in page.text + view.text
    assert "<p onclick" not in view.text
    assert "sandbox" in view.text

    async with running_catcher(tmp_path) as (_, client):
        assert (await client.get("/messages")).json() == everything
        assert (await client.delete("/messages")).status_code == 204
        assert (await client.get("/messages")).json() == []
        assert (await client.get(f"/messages/{summary['id']}")).status_code == 404
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a listing of nothing


async def test_taken_port_is_explained(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {"MAIL_CATCHER_SMTP_PORT": str(port), "MAIL_CATCHER_FOLDER": str(tmp_path)}
        code, said = await failing_program(MODULE, environment)

    assert code == 1
    assert said.startswith(f"Port {port} on 127.0.0.1 is taken")


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, kept=3)
    ids = [mailbox.add(f"Subject: {number}\r\n\r\n".encode(), "", ["a@b"]) for number in range(5)]

    assert [summary.subject for summary in mailbox.list()] == ["4", "3", "2"]
    assert len(list(tmp_path.glob("*.eml"))) == 3
    with pytest.raises(MessageNotFoundError):
        mailbox.raw(ids[0])


def test_forged_and_broken_headers_do_no_harm(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.add(
        b"Delivered-To: forged@b\r\nSubject: =?bogus?b?w7w=?=\r\nFrom: <<<\xff\r\n"
        b"Content-Type: text/plain; charset=bogus\r\n\r\n\xc3\xbc",
        "",
        ["a@b"],
    )

    (summary,) = mailbox.list()
    message = mailbox.read(summary.id)

    assert summary.to == ["a@b"]
    assert summary.subject == "=?bogus?b?w7w=?="
    assert message.text == "ü"
    assert Mailbox(tmp_path).list()[0].subject == summary.subject
