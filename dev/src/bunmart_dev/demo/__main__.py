"""``make demo``: an order from sign-up to review, against a running system."""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from bunmart_dev.demo.report import as_json
from bunmart_dev.demo.telling import FIRST_ANSWER_SECONDS, Telling
from bunmart_dev.demo.timeline import Timeline
from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.launcher.settings import Settings


def main() -> int:
    """Tell the story; return 0 when everything was as it should be."""
    options = _parser().parse_args()
    settings = Settings.from_environment()
    running = settings.folder.running()
    url = options.url or (running.edge if running else settings.edge_url)
    # Logs of this machine say nothing about an ingress elsewhere.
    logs = options.logs or (None if options.url else settings.folder.logs)
    telling = Telling(
        url=url,
        password=options.password,
        logins=DEMO_USERS,
        logs=logs,
        timeline=None if options.json else Timeline(),
        first_answer_seconds=options.wait,
    )
    began = time.monotonic()
    try:
        asyncio.run(telling.tell())
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(as_json(telling), indent=1))
    else:
        _say_how_it_ended(telling, time.monotonic() - began)
    return 1 if telling.error else 0


def _say_how_it_ended(telling: Telling, seconds: float) -> None:
    timeline = telling.timeline or Timeline()
    if telling.verdict is not None and not telling.verdict.forbidden:
        timeline.verdict(telling.verdict)
    sys.stdout.flush()
    if telling.error:
        print(f"\n{telling.error}", file=sys.stderr)
        return
    timeline.say("")
    timeline.say(
        f"Everything was as it should be: {len(telling.steps)} steps in {seconds:.1f} s", style="bold green"
    )
    if telling.verdict is None:
        timeline.say("There are no access logs here, so that the calls behind the ingress are not shown.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bunmart_dev.demo", description="An order from sign-up to review, over REST."
    )
    parser.add_argument("--url", help="the ingress; by default that of the running `make up`")
    parser.add_argument("--logs", type=Path, help="folder of the sidecars' access logs, if they are here")
    parser.add_argument("--password", default=DEMO_PASSWORD, help="of the demo users")
    parser.add_argument(
        "--wait",
        type=float,
        default=FIRST_ANSWER_SECONDS,
        metavar="SECONDS",
        help="for the first answer (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the story")
    return parser


if __name__ == "__main__":
    sys.exit(main())
