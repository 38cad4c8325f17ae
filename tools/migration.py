"""Writes a service's next migration: ``python tools/migration.py order "add notes"``.

Starts a private Postgres in memory, migrates it to the newest revision, and lets alembic compare the result
with the service's models. ``--check`` only reports whether they differ.
"""

import os
import subprocess
import sys

from bunmart_dev.postgres import temporary


def main() -> int:
    """Run ``bunmart_chassis.migrations`` against a scratch database; returns its exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    action = "check" if "--check" in sys.argv else "revision"
    if not arguments:
        print('usage: make migration s=order m="add notes"')
        return 2
    service, title = arguments[0], " ".join(arguments[1:]) or "change"
    with temporary() as postgres:
        url = postgres.ensure_database_sync(f"bunmart_{service}")
        command = [sys.executable, "-m", "bunmart_chassis.migrations", action, service, title]
        environment = {**os.environ, "BUNMART_DATABASE_URL": url}
        code = subprocess.run(command, env=environment, check=False).returncode
    if action == "revision" and code == 0:
        versions = f"services/{service}/src/bunmart_{service}/migrations/versions"
        subprocess.run(["ruff", "check", "-q", "--fix", "--select", "I,F401", versions], check=True)
        subprocess.run(["ruff", "format", "-q", versions], check=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
