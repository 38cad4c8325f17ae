"""Settings of the notification service."""

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field, SecretStr


class Settings(ServiceSettings):
    """Settings that the notification service adds to the common ones."""

    smtp_host: str = "127.0.0.1"
    """Host of the mail server."""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    """Port of the mail server."""
    smtp_tls: bool = False
    """``true``: TLS from the first byte (port 465); ``false``: STARTTLS where the server offers it."""
    smtp_username: str = ""
    """Login at the mail server; empty sends without."""
    smtp_password: SecretStr = SecretStr("")
    """Password at the mail server."""
    mail_from: str = "BunMart <hello@bunmart.local>"
    """Sender of all messages."""
    sms_gateway_domain: str = "sms.bunmart.local"
    """Domain of an e-mail-to-SMS gateway: SMS leave as mail to ``<digits>@<domain>``."""
