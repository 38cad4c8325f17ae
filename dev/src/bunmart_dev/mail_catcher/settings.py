"""The settings that the mail catcher reads from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting cannot be used; the text says which."""


@dataclass(frozen=True)
class Settings:
    """The mail catcher's settings."""

    host: str = "127.0.0.1"
    """Address to listen on (``MAIL_CATCHER_HOST``)."""

    smtp_port: int = 21220
    """Port of SMTP (``MAIL_CATCHER_SMTP_PORT``)."""

    http_port: int = 21221
    """Port of the page and its API (``MAIL_CATCHER_HTTP_PORT``)."""

    folder: Path = Path(".local/mail")
    """Folder of the messages, each an .eml file (``MAIL_CATCHER_FOLDER``)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: A value cannot be used.
        """
        return cls(
            host=environment.get("MAIL_CATCHER_HOST", cls.host),
            smtp_port=_port(environment, "MAIL_CATCHER_SMTP_PORT", cls.smtp_port),
            http_port=_port(environment, "MAIL_CATCHER_HTTP_PORT", cls.http_port),
            folder=Path(environment.get("MAIL_CATCHER_FOLDER", "") or cls.folder),
        )


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdecimal():
        raise SettingsError(f"{name} must be a port number, not {value!r}.")
    return int(value)
