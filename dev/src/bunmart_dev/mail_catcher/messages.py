"""Parsed messages: what the list, the API and the page show of an .eml file."""

import email.policy
import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser, HeaderParser
from email.utils import format_datetime

import msgspec


class Summary(msgspec.Struct, kw_only=True):
    """A message in the list."""

    id: str
    received_at: datetime
    envelope_from: str
    to: list[str]
    """The recipients of the envelope."""
    from_header: str = msgspec.field(name="from")
    subject: str
    size_bytes: int


class Attachment(msgspec.Struct, kw_only=True):
    """A file that came along."""

    filename: str
    content_type: str
    size_bytes: int


class Message(Summary, kw_only=True):
    """A message with its content."""

    headers: list[tuple[str, str]]
    text: str | None
    html: str | None
    attachments: list[Attachment]


def with_envelope(content: bytes, sender: str, recipients: Sequence[str]) -> bytes:
    """Return the message with its envelope on top, in the headers that delivery agents use."""
    received = format_datetime(datetime.now(UTC))
    lines = [
        f"Return-Path: <{sender}>",
        *(f"Delivered-To: {recipient}" for recipient in recipients),
        f"Received: by mail-catcher; {received}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode() + content


def summarize(message_id: str, received_at: datetime, content: bytes) -> Summary:
    """Read the headers only."""
    headers = _headers(content)
    return Summary(
        id=message_id,
        received_at=received_at,
        envelope_from=_header(headers, "return-path").strip("<>"),
        to=[value for name, value in _envelope(headers) if name == "Delivered-To"],
        from_header=_header(headers, "from"),
        subject=_header(headers, "subject"),
        size_bytes=len(content),
    )


def read(summary: Summary, content: bytes) -> Message:
    """Read the whole message."""
    parsed = _parsed(content)
    return Message(
        **{name: getattr(summary, name) for name in Summary.__struct_fields__},
        headers=_headers(content),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        attachments=[_attachment(part) for part in parsed.iter_attachments()],
    )


def read_attachment(content: bytes, index: int) -> tuple[Attachment, bytes] | None:
    """Read one of the files that came along; None when there are not so many."""
    parts = list(_parsed(content).iter_attachments())
    if not 0 <= index < len(parts):
        return None
    return _attachment(parts[index]), _payload(parts[index])


def _parsed(content: bytes) -> EmailMessage:
    parsed = BytesParser(policy=email.policy.default).parsebytes(content)
    if not isinstance(parsed, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    return parsed


def _attachment(part: MIMEPart) -> Attachment:
    return Attachment(
        filename=part.get_filename() or "",
        content_type=part.get_content_type(),
        size_bytes=len(_payload(part)),
    )


def _headers(content: bytes) -> list[tuple[str, str]]:
    # Headers may be UTF-8 (SMTPUTF8), which the parser understands as text only.
    block = content.partition(b"\r\n\r\n")[0].decode(errors="replace")
    parsed = HeaderParser(policy=email.policy.compat32).parsestr(block)
    return [(name, _decoded(" ".join(str(value).split()))) for name, value in parsed.items()]


def _envelope(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    # What follows our own trace header was written by the sender.
    return itertools.takewhile(lambda header: header[0] != "Received", headers)


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, HeaderParseError):
        # A malformed encoded word must not hide the message.
        return value


def _header(headers: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _body(message: EmailMessage, subtype: str) -> str | None:
    part = message.get_body((subtype,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        # An unknown charset must not hide the message.
        return _payload(part).decode(errors="replace")


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else part.as_bytes()
