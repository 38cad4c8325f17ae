"""Settings of the user service."""

from pathlib import Path

from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field, SecretStr


class Settings(ServiceSettings):
    """Settings that the user service adds to the common ones."""

    jwt_signing_keys: Path | None = None
    """Folder of ES256 private keys ``<kid>.pem``; the last by name signs. Without it nobody can sign in."""
    access_token_seconds: int = Field(default=900, ge=1)
    """Life of an access token, in seconds."""
    refresh_token_seconds: int = Field(default=30 * 24 * 3600, ge=1)
    """Life of a refresh token, in seconds; each refresh gives a new one."""
    password_reset_seconds: int = Field(default=3600, ge=1)
    """Life of the link of a password reset, in seconds."""
    bootstrap_admin_email: str = ""
    """Address of the first admin, made at start when nobody has it; empty makes none."""
    bootstrap_admin_password: SecretStr = SecretStr("")
    """Password of the first admin."""
