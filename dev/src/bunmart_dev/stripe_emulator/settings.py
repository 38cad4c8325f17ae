"""The settings that the emulator reads from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.failed",
    "refund.updated",
    "charge.dispute.created",
    "charge.dispute.closed",
)


class SettingsError(Exception):
    """The environment contradicts itself; the text says how."""


@dataclass(frozen=True)
class Settings:
    """The emulator's settings."""

    host: str = "127.0.0.1"
    """Address to listen on (``STRIPE_EMULATOR_HOST``)."""

    port: int = 21210
    """Port to listen on (``STRIPE_EMULATOR_PORT``)."""

    public_url: str = ""
    """URL as a browser sees it, for the page of a card that asks its owner; empty for where it listens
    (``STRIPE_EMULATOR_PUBLIC_URL``)."""

    state: str = ""
    """SQLite file which survives restarts; empty keeps everything in memory (``STRIPE_EMULATOR_STATE``)."""

    webhook_url: str = ""
    """URL to which events are delivered; empty delivers to registered endpoints only
    (``STRIPE_EMULATOR_WEBHOOK_URL``)."""

    webhook_secret: str = ""
    """Secret that signs the deliveries to that URL (``STRIPE_EMULATOR_WEBHOOK_SECRET``)."""

    webhook_events: tuple[str, ...] = DEFAULT_EVENTS
    """Types of events for it, separated by commas; ``*`` for all (``STRIPE_EMULATOR_WEBHOOK_EVENTS``)."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: A value cannot be used.
        """
        port = environment.get("STRIPE_EMULATOR_PORT", str(cls.port))
        if not port.isdecimal():
            raise SettingsError(f"STRIPE_EMULATOR_PORT must be a port number, not {port!r}.")
        url = environment.get("STRIPE_EMULATOR_WEBHOOK_URL", "")
        secret = environment.get("STRIPE_EMULATOR_WEBHOOK_SECRET", "")
        if url and not secret:
            raise SettingsError(
                "STRIPE_EMULATOR_WEBHOOK_URL needs STRIPE_EMULATOR_WEBHOOK_SECRET to sign with."
            )
        events = environment.get("STRIPE_EMULATOR_WEBHOOK_EVENTS", "")
        return cls(
            host=environment.get("STRIPE_EMULATOR_HOST", cls.host),
            port=int(port),
            public_url=environment.get("STRIPE_EMULATOR_PUBLIC_URL", "").rstrip("/"),
            state=environment.get("STRIPE_EMULATOR_STATE", ""),
            webhook_url=url,
            webhook_secret=secret,
            webhook_events=tuple(name.strip() for name in events.split(",") if name.strip())
            or DEFAULT_EVENTS,
        )
