"""Settings of the user service."""

from pathlib import Path

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field, SecretStr


class Settings(ServiceSettings):
    """What the user service adds to the common settings."""

    jwt_signing_keys: Path | None = None
    """Folder of ES256 private keys ``<kid>.pem``; the last by name signs. Without it nobody can sign in."""
    access_token_seconds: int = Field(default=900, ge=1)
    """How long an access token is good for, in seconds."""
    refresh_token_seconds: int = Field(default=30 * 24 * 3600, ge=1)
    """How long a refresh token is good for, in seconds; each refresh gives a new one."""
    password_reset_seconds: int = Field(default=3600, ge=1)
    """How long the link of a password reset is good for, in seconds."""
    bootstrap_admin_email: str = ""
    """The first admin, made at start when nobody has that address; empty makes none."""
    bootstrap_admin_password: SecretStr = SecretStr("")
    """Password of the first admin."""
