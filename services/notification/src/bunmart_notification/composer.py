"""The composer writes a mail as bytes.

It uses the classic classes of ``email``: ``EmailMessage`` parses every header that it is given, which takes
five times as long as all the rest (1.0 against 0.19 ms for a short mail).
"""

import re
from collections.abc import Sequence
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, parseaddr
from typing import Required, TypedDict, Unpack
from uuid import UUID

from bunmart_notification.domain import Attachment

_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")
_SPECIAL = frozenset('<>()[],;:\\"')


class Content(TypedDict, total=False):
    """The content of a message; a text alone is enough."""

    subject: str
    body: Required[str]
    html: str | None
    attachments: Sequence[Attachment]


class Composer:
    """Writes messages of one sender.

    Args:
        mail_from: ``Name <address>``.
    """

    def __init__(self, mail_from: str) -> None:
        name, self.sender = parseaddr(mail_from)
        self.domain = self.sender.rpartition("@")[2] or "localhost"
        self._from = formataddr((name, self.sender))

    def compose(self, notification_id: UUID, to: str, **content: Unpack[Content]) -> bytes:
        """Write a message. Its id is the notification's, so that a copy is recognised as one.

        Raises:
            ValueError: ``to`` is no address.
        """
        if not _ADDRESS.fullmatch(to) or not _SPECIAL.isdisjoint(to):
            raise ValueError(f"no address: {to!r}")
        message: MIMEText | MIMEMultipart = _part(content["body"], "plain")
        html = content.get("html")
        if html is not None:
            message = MIMEMultipart("alternative", _subparts=[message, _part(html, "html")])
        if attachments := content.get("attachments"):
            message = MIMEMultipart("mixed", _subparts=[message, *map(_file, attachments)])
        message["From"] = self._from
        message["To"] = to
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = f"<{notification_id}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if subject := content.get("subject"):
            line = " ".join(subject.split())
            message["Subject"] = line if line.isascii() else Header(line, _UTF8).encode()
        return message.as_bytes()


def _file(attachment: Attachment) -> MIMEBase:
    kind, _, subtype = attachment.content_type.partition("/")
    part = MIMEBase(kind, subtype)
    if kind == "text":
        part.set_param("charset", "utf-8")
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.filename)
    return part


def _part(content: str, subtype: str) -> MIMEText:
    return MIMEText(content, subtype, _UTF8)  # type: ignore[arg-type] # a Charset is taken since Python 3.5
