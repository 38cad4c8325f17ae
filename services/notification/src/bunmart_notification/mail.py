"""Mail over one SMTP connection that stays open, and SMS through a gateway that takes mail."""

import asyncio
import re
from collections.abc import Sequence
from typing import Unpack
from uuid import UUID

import aiosmtplib
from bunmart_chassis.errors import UnavailableError

from bunmart_notification.composer import Composer, Content
from bunmart_notification.domain import Attachment
from bunmart_notification.settings import Settings

_SECONDS = 10.0
_PERMANENT = range(500, 600)
_NO_DIGIT = re.compile(r"[^0-9]")


class MailRefusedError(Exception):
    """The server refuses the message or its recipient for good; trying again changes nothing."""


class Mailer:
    """Sends messages one after the other over one connection, which is opened again when it was lost."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._composer = Composer(settings.mail_from)
        self._lock = asyncio.Lock()
        self._smtp: aiosmtplib.SMTP | None = None

    async def send_mail(
        self,
        notification_id: UUID,
        to: str,
        *,
        subject: str,
        body: str,
        html: str | None,
        attachments: Sequence[Attachment] = (),
    ) -> None:
        """Send an e-mail.

        Raises:
            MailRefusedError: It will never be accepted.
            UnavailableError: The server does not answer or is busy; try again.
        """
        await self._send(notification_id, to, subject=subject, body=body, html=html, attachments=attachments)

    async def send_sms(self, notification_id: UUID, phone: str, body: str) -> None:
        """Send an SMS through the gateway; raises as ``send_mail``."""
        to = f"{_NO_DIGIT.sub('', phone)}@{self._settings.sms_gateway_domain}"
        await self._send(notification_id, to, subject="", body=body, html=None)

    async def _send(self, notification_id: UUID, to: str, **content: Unpack[Content]) -> None:
        try:
            message = self._composer.compose(notification_id, to, **content)
        except ValueError as error:
            raise MailRefusedError(str(error)) from error
        async with self._lock:
            try:
                try:
                    await self._transmit(message, to)
                except _StaleConnectionError:
                    await self._transmit(message, to)
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                self._drop()
                if _is_permanent(error):
                    raise MailRefusedError(_describe(error)) from error
                raise UnavailableError(f"mail server: {_describe(error)}", code="MAIL_UNAVAILABLE") from error

    async def _transmit(self, message: bytes, to: str) -> None:
        reused = self._smtp is not None and self._smtp.is_connected
        smtp = self._smtp if reused and self._smtp is not None else await self._connect()
        try:
            await smtp.sendmail(self._composer.sender, [to], message)
        except (aiosmtplib.SMTPException, OSError) as error:
            if reused and not _is_permanent(error):
                # Servers close what was idle for long; a fresh connection tells whether that was all.
                self._drop()
                raise _StaleConnectionError from error
            raise

    async def _connect(self) -> aiosmtplib.SMTP:
        self._drop()
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
            use_tls=settings.smtp_tls,
            local_hostname=self._composer.domain,
            timeout=_SECONDS,
        )
        await smtp.connect()
        self._smtp = smtp
        return smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def close(self) -> None:
        """Close the connection."""
        async with self._lock:
            if self._smtp is not None and self._smtp.is_connected:
                try:
                    await self._smtp.quit(timeout=1)
                except (aiosmtplib.SMTPException, OSError):
                    self._drop()
            self._smtp = None


class _StaleConnectionError(Exception):
    """The connection was open for long and is not any more."""


def _is_permanent(error: BaseException) -> bool:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return all(refused.code in _PERMANENT for refused in error.recipients)
        case aiosmtplib.SMTPDataError():
            return error.code in _PERMANENT
        case _:
            return isinstance(error, aiosmtplib.SMTPNotSupported)


def _describe(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{refused.code} {refused.message}" for refused in error.recipients)
    return f"{type(error).__name__}: {error}"
