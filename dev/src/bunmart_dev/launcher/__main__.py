"""The command line behind ``make up``, ``down``, ``status``, ``logs``, ``reset`` and ``token``."""

import argparse
import asyncio
import contextlib
import sys

from rich.console import Console

from bunmart_dev.demo_accounts import DEMO_USERS
from bunmart_dev.launcher.console import Screen
from bunmart_dev.launcher.parts import LauncherError
from bunmart_dev.launcher.settings import Settings
from bunmart_dev.launcher.state import StateFolder
from bunmart_dev.postgres import PostgresError

_TABLE_WIDTH = 120


def main() -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args()
    try:
        return int(options.run(options))
    except (LauncherError, PostgresError) as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


def _up(_: argparse.Namespace) -> int:
    # Imported here: the other commands answer faster without what only this one needs.
    from bunmart_dev.launcher.up import up  # noqa: PLC0415

    return asyncio.run(up(Settings.from_environment(), Screen()))


def _down(_: argparse.Namespace) -> int:
    from bunmart_dev.launcher.down import down  # noqa: PLC0415

    down(StateFolder.from_environment(), Screen())
    return 0


def _status(options: argparse.Namespace) -> int:
    from bunmart_dev.launcher.status import read_status  # noqa: PLC0415

    folder = StateFolder.from_environment()
    status = asyncio.run(read_status(folder.running()))
    if options.json:
        print(status.json())
    elif status.parts:
        status.print(_wide_console())
    else:
        print("BunMart is not running; `make up` starts it.")
    return 0 if status.ready else 1


def _wide_console() -> Console:
    # A terminal wraps what is too long; cut off addresses help nobody.
    console = Console(highlight=False)
    return Console(highlight=False, width=max(console.width, _TABLE_WIDTH))


def _logs(options: argparse.Namespace) -> int:
    from bunmart_dev.launcher.logs import follow  # noqa: PLC0415

    with contextlib.suppress(KeyboardInterrupt):
        follow(StateFolder.from_environment().logs, options.part, options.lines)
    return 0


def _reset(options: argparse.Namespace) -> int:
    from bunmart_dev.launcher.down import reset  # noqa: PLC0415

    reset(StateFolder.from_environment(), Screen(), confirmed=options.yes)
    return 0


def _token(options: argparse.Namespace) -> int:
    from bunmart_dev.launcher.login import fetch_token  # noqa: PLC0415

    running = StateFolder.from_environment().running()
    edge_url = running.edge if running else Settings.from_environment().edge_url
    print(fetch_token(edge_url, options.role))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bunmart_dev.launcher", description="Run BunMart locally."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("up", help="start everything and stay until Ctrl-C").set_defaults(run=_up)
    commands.add_parser("down", help="stop the running launcher").set_defaults(run=_down)
    status = commands.add_parser("status", help="a table of every part; exit code 0 when all are ready")
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(run=_status)
    logs = commands.add_parser("logs", help="follow a part's log")
    logs.add_argument("part", nargs="?", help="for example order, order-sidecar, postgres")
    logs.add_argument("--lines", type=int, default=30, help="how many lines first (30)")
    logs.set_defaults(run=_logs)
    reset = commands.add_parser("reset", help="delete all local data")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.set_defaults(run=_reset)
    token = commands.add_parser("token", help="print an access token")
    token.add_argument("role", nargs="?", default="customer", help=", ".join(DEMO_USERS))
    token.set_defaults(run=_token)
    return parser


if __name__ == "__main__":
    sys.exit(main())
