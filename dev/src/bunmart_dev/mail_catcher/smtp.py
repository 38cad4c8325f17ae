"""The SMTP side."""

import asyncio
import logging
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session

from bunmart_dev.mail_catcher.mailbox import Mailbox

_log = logging.getLogger(__name__)


class CatchAll:
    """Accepts every message to everybody."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Store the message; aiosmtpd calls this by its name."""
        # decode_data is off, so the content is bytes.
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            message_id = self._mailbox.add(content, envelope.mail_from or "", envelope.rcpt_tos)
        except OSError as error:
            # Temporary, so that the sender tries again.
            _log.exception("A message could not be stored")
            return f"451 4.3.0 {error.strerror or 'cannot be stored'}"
        return f"250 2.0.0 Stored as {message_id}"


async def serve_smtp(mailbox: Mailbox, listener: socket.socket) -> asyncio.Server:
    """Serve SMTP in the running loop."""
    loop = asyncio.get_running_loop()
    handler = CatchAll(mailbox)
    return await loop.create_server(
        # Without a host name aiosmtpd would ask the resolver for one at every connection.
        lambda: SMTP(handler, hostname="localhost", ident="mail catcher", enable_SMTPUTF8=True, loop=loop),
        sock=listener,
    )
