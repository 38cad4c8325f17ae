"""``python -m bunmart_dev.cluster_secrets``: fills a development cluster's Secrets, makes its databases."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bunmart_mesh.issuer.command import run
from bunmart_mesh.issuer.objects import ClusterObjects
from lightkube import Client

from bunmart_dev.cluster_secrets.databases import ensure_databases
from bunmart_dev.cluster_secrets.filler import Development, Filler, role_passwords
from bunmart_dev.launcher.settings import SERVICES


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate the secrets that are missing, then make roles and databases; return the exit code."""
    options = _parser().parse_args(arguments)
    return run(lambda client: _fill(client, options))


def _fill(client: Client, options: argparse.Namespace) -> str:
    release = Development(
        namespace=options.namespace or client.namespace,
        app_namespace=options.app_namespace,
        postgres=options.postgres,
        services=options.service or SERVICES,
    )
    objects = ClusterObjects(client)
    filler = Filler(objects, release)
    filler.fill()
    password = objects.read(release.postgres_admin)["password"].decode()
    roles = role_passwords(objects, release)
    asyncio.run(ensure_databases(release.postgres, password, roles, patience=options.timeout))
    filled = ", ".join(filler.filled) or "nothing, all values are there"
    return f"filled: {filled}; databases: {', '.join(roles) or 'none on this Postgres'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bunmart_dev.cluster_secrets", description=__doc__)
    parser.add_argument("--namespace", help="of Postgres; default: the service account's own")
    parser.add_argument("--app-namespace", required=True, help="of the services")
    parser.add_argument("--postgres", required=True, help="host and port, as the services reach it")
    parser.add_argument("--service", action="append", help="one that owns a database; default: all ten")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds to wait for Postgres")
    return parser


if __name__ == "__main__":
    sys.exit(main())
