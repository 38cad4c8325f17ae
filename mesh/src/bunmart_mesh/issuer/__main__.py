"""``python -m bunmart_mesh.issuer``: fills the objects that the charts make empty."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import httpx2
from lightkube import Client, ConfigError

from bunmart_mesh.issuer.certificates import issue_certificates
from bunmart_mesh.issuer.databases import ensure_databases
from bunmart_mesh.issuer.development import Development, Filler, role_passwords
from bunmart_mesh.issuer.objects import ClusterObjects, IssuerError
from bunmart_mesh.launcher.settings import SERVICES

_FIELD_MANAGER = "bunmart-issuer"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        with Client(field_manager=_FIELD_MANAGER) as client:
            run = _certificates if options.command == "certificates" else _development
            print(run(client, options))
    except (IssuerError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 1
    except httpx2.HTTPError as error:
        print(f"The API server does not answer: {error!r}.", file=sys.stderr)
        return 1
    return 0


def _certificates(client: Client, options: argparse.Namespace) -> str:
    namespace = options.namespace or client.namespace
    changed = issue_certificates(ClusterObjects(client), namespace, options.trust_domain, options.part)
    return f"issued: {', '.join(changed)}" if changed else "nothing to do: all certificates are current"


def _development(client: Client, options: argparse.Namespace) -> str:
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
    parser = argparse.ArgumentParser(prog="python -m bunmart_mesh.issuer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    certificates = commands.add_parser("certificates", help="issue and renew the mesh's certificates")
    certificates.add_argument("--part", action="append", required=True, help="one that needs a certificate")
    certificates.add_argument("--trust-domain", required=True, help="of the SPIFFE ids")
    certificates.add_argument("--namespace", help="of the release; default: the service account's own")
    development = commands.add_parser("development", help="generate secrets, make roles and databases")
    development.add_argument("--namespace", help="of Postgres; default: the service account's own")
    development.add_argument("--app-namespace", required=True, help="of the services")
    development.add_argument("--postgres", required=True, help="host and port, as the services reach it")
    development.add_argument("--service", action="append", help="one that owns a database; default: all ten")
    development.add_argument("--timeout", type=float, default=300.0, help="seconds to wait for Postgres")
    return parser


if __name__ == "__main__":
    sys.exit(main())
