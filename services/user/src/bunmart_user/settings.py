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
    refresh_grace_seconds: int = Field(default=30, ge=0)
    """Time in which a used refresh token still gives the same successor, in seconds; 0 for none. Two tabs and
    lost answers need it; whoever copied a token can use it for so long too."""
    password_reset_seconds: int = Field(default=3600, ge=1)
    """Life of the link of a password reset, in seconds."""
    password_workers: int = Field(default=2, ge=1)
    """Number of passwords that are hashed at the same time; each takes 19 MiB and a processor."""
    password_places: int = Field(default=32, ge=4)
    """Number of calls with passwords that may wait and run at the same time; more are refused with 429."""
    bootstrap_admin_email: str = ""
    """Address of the first admin, made at start when nobody has it; empty makes none."""
    bootstrap_admin_password: SecretStr = SecretStr("")
    """Password of the first admin."""
