"""Settings that every service has, read once from the environment (prefix ``BUNMART_``)."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """The common settings. A service adds its own by inheriting."""

    model_config = SettingsConfigDict(env_prefix="BUNMART_", extra="ignore", frozen=True)

    http_host: str = "127.0.0.1"
    """Address of the REST listener."""
    http_port: int = Field(default=8000, ge=0, le=65535)
    """Port of the REST listener; 0 takes a free one."""
    grpc_host: str = "127.0.0.1"
    """Address of the gRPC listener."""
    grpc_port: int = Field(default=9090, ge=0, le=65535)
    """Port of the gRPC listener; 0 takes a free one."""
    shared_http_port: int = Field(default=0, ge=0, le=65535)
    """Port of a second REST listener, which a run of the service and its successor may have at once
    (SO_REUSEPORT); 0 for none. For development."""
    shared_grpc_port: int = Field(default=0, ge=0, le=65535)
    """Port of a second gRPC listener, as for REST; 0 for none."""
    database_url: str = ""
    """DSN ``postgresql://role:password@host:port/database``; empty for a part without a database."""
    database_pool_size: int = Field(default=8, ge=2)
    """Number of connections that requests may use; the job worker has up to 3 of its own."""
    migrate_on_start: bool = True
    """``true`` migrates before serving; ``false`` stays not ready until somebody else has migrated."""
    peer_target: str = "{service}:9090"
    """gRPC target of peers, ``{service}`` replaced; behind a sidecar its outbound listener."""
    jwks_file: Path | None = None
    """File of the public keys (JWKS) that verify access tokens; a change counts within 5 seconds.

    Without it every token is refused.
    """
    jwt_issuer: str = "https://bunmart.local"
    """``iss`` of access tokens."""
    jwt_audience: str = "bunmart-api"
    """``aud`` of access tokens."""
    check_access: bool = True
    """``true`` refuses access tokens that ended early, and asks the user service before staff changes
    anything; ``false`` lets a token hold until it expires. A part without a database never asks."""
    access_poll_seconds: float = Field(default=20, gt=0)
    """Pause between two questions which access ended, in seconds."""
    public_url: str = "http://127.0.0.1:8080"
    """URL of the ingress as a browser sees it; links and image addresses begin with it."""
    drain_seconds: float = Field(default=2.5, ge=0)
    """Time from SIGTERM to closing the listeners, in seconds; callers check health every 2.2 seconds."""
    grace_seconds: float = Field(default=10, ge=0)
    """Time that calls and jobs in flight may still take after that, in seconds."""
    log_level: str = "INFO"
    """Level of the JSON log: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``."""
    trace_ratio: float = Field(default=0.01, ge=0, le=1)
    """Share of the traces begun here that is sampled, from 0 to 1; a caller's decision is kept."""
