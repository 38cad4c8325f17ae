"""``python -m bunmart_mesh.issuer``: issues and renews the mesh's certificates in the chart's Secrets."""

import argparse
import sys
from collections.abc import Sequence

from lightkube import Client

from bunmart_mesh.issuer.certificates import issue_certificates
from bunmart_mesh.issuer.command import run
from bunmart_mesh.issuer.objects import ClusterObjects


def main(arguments: Sequence[str] | None = None) -> int:
    """Issue what is missing or about to expire; return the exit code."""
    options = _parser().parse_args(arguments)

    def issue(client: Client) -> str:
        namespace = options.namespace or client.namespace
        changed = issue_certificates(ClusterObjects(client), namespace, options.trust_domain, options.part)
        return f"issued: {', '.join(changed)}" if changed else "nothing to do: all certificates are current"

    return run(issue)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bunmart_mesh.issuer", description=__doc__)
    parser.add_argument("--part", action="append", required=True, help="one that needs a certificate")
    parser.add_argument("--trust-domain", required=True, help="of the SPIFFE ids")
    parser.add_argument("--namespace", help="of the release; default: the service account's own")
    return parser


if __name__ == "__main__":
    sys.exit(main())
