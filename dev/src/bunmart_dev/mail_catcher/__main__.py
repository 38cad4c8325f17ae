"""``python -m bunmart_dev.mail_catcher``: catch mail until SIGTERM."""

import logging
import sys

from bunmart_dev.dev_server import DevServer, PortUnavailableError, listen, run
from bunmart_dev.mail_catcher.app import create_app
from bunmart_dev.mail_catcher.mailbox import Mailbox
from bunmart_dev.mail_catcher.settings import Settings, SettingsError
from bunmart_dev.mail_catcher.smtp import serve_smtp


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    smtp_listener = listen(settings.host, settings.smtp_port, "MAIL_CATCHER_SMTP_PORT")
    http_listener = listen(settings.host, settings.http_port, "MAIL_CATCHER_HTTP_PORT")
    mailbox = Mailbox(settings.folder)
    smtp = await serve_smtp(mailbox, smtp_listener)
    logging.getLogger(__name__).info(
        "Mail catcher: SMTP on %s:%d, page on http://%s:%d, messages in %s",
        *smtp_listener.getsockname()[:2],
        *http_listener.getsockname()[:2],
        settings.folder,
    )
    try:
        await DevServer(create_app(mailbox)).serve([http_listener])
    finally:
        smtp.close()


def main() -> int:
    """Run the program; return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # aiosmtpd logs every connection and command.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    try:
        run(serve(Settings.from_environment()))
    except (PortUnavailableError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"MAIL_CATCHER_FOLDER cannot be used: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
