"""``python -m bunmart_dev.seed``: seed a running system; ``make up`` does it by itself."""

import argparse
import asyncio
import sys

from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.ports import Ports
from bunmart_dev.seed.seeding import seed
from bunmart_dev.shop_client import ShopError


def main() -> int:
    """Seed and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bunmart_dev.seed",
        description="Fill a running BunMart with a small bakery, through its ingress.",
    )
    parser.add_argument("--url", help="the ingress; by default that of `make up` (BUNMART_EDGE_PORT)")
    parser.add_argument(
        "--admin", default=DEMO_USERS["admin"], help="e-mail address of an admin (%(default)s)"
    )
    parser.add_argument(
        "--password", default=DEMO_PASSWORD, help="the admin's password; the demo users get the same"
    )
    parser.add_argument("--again", action="store_true", help="also put back what was deleted")
    options = parser.parse_args()
    url = options.url or f"http://127.0.0.1:{Ports.from_environment().edge}"
    try:
        created = asyncio.run(
            seed(
                url,
                email=options.admin,
                password=options.password,
                logins=DEMO_USERS,
                again=options.again,
                say=print,
            )
        )
    except ShopError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Created {created} things" if created else "Everything is there already")
    return 0


if __name__ == "__main__":
    sys.exit(main())
