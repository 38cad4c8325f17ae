"""An answer held back until its effect is committed, and a request body that can be read twice."""

from typing import Any

from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Message, Receive, Send

from bunmart_chassis.idempotency import StoredAnswer

MAX_BODY_BYTES = 4 * 1024 * 1024


class Recorder:
    """Holds the messages of an answer back."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        self._messages.append(message)

    def answer(self) -> StoredAnswer:
        """Return the answer as it would be stored."""
        status, content_type, body = 500, "", b""
        for message in self._messages:
            if message["type"] == "http.response.start":
                status = message["status"]
                found: dict[bytes, bytes] = dict(message["headers"])
                content_type = found.get(b"content-type", b"").decode("latin-1")
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
        return StoredAnswer(status, content_type, body)

    async def play(self, send: Send) -> None:
        """Send what was held back."""
        for message in self._messages:
            await send(message)


async def send_stored(send: Send, stored: StoredAnswer) -> None:
    """Send an answer from the store, marked with ``idempotent-replayed``."""
    headers = [(b"content-type", stored.content_type.encode("latin-1")), (b"idempotent-replayed", b"true")]
    start: Any = {"type": "http.response.start", "status": stored.status, "headers": headers}
    finish: Any = {"type": "http.response.body", "body": stored.body, "more_body": False}
    await send(start)
    await send(finish)


async def read_body(receive: Receive) -> bytes:
    """Read the whole body of a request.

    Raises:
        ClientException: The client left before the end of the body (400).
        RequestEntityTooLarge: It has more than ``MAX_BODY_BYTES`` (413).
    """
    body, more = bytearray(), True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise ClientException("The request ended before its body.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise RequestEntityTooLarge
    return bytes(body)


def replay_body(body: bytes) -> Receive:
    """Return a ``receive`` that gives a body which was read already."""
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
