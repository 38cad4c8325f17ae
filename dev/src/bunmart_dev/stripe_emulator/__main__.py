"""``python -m bunmart_dev.stripe_emulator``: serve until SIGTERM."""

import logging
import sqlite3
import sys

from bunmart_dev.dev_server import DevServer, PortUnavailableError, listen, run
from bunmart_dev.stripe_emulator.app import create_app
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.settings import Settings, SettingsError


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    listener = listen(settings.host, settings.port, "STRIPE_EMULATOR_PORT")
    host, port = listener.getsockname()[:2]
    base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    emulator = Emulator(settings, settings.public_url or base_url)
    logging.getLogger(__name__).info(
        "Stripe emulator on %s (page: /_emulator), state in %s, webhooks to %s",
        base_url,
        settings.state or "memory",
        settings.webhook_url or "registered endpoints only",
    )
    await DevServer(create_app(emulator), emulator.faults.release).serve([listener])


def main() -> int:
    """Run the program; return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        run(serve(Settings.from_environment()))
    except (PortUnavailableError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except (sqlite3.Error, OSError) as error:
        print(f"STRIPE_EMULATOR_STATE cannot be used: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
