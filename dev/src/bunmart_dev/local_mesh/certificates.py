"""Workload certificates of the local mesh: a CA of our own and one SPIFFE identity per part.

A folder holds the authority as ``ca.pem`` and ``ca.key``, and per part a folder with ``tls.crt``,
``tls.key``, ``ca.crt`` and the two SDS files which Envoy watches. Every file has mode 0600. In a cluster
cert-manager keeps them in Secrets, or ``bunmart_mesh.issuer`` does.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import yaml
from bunmart_mesh.policy import Policy, load_policy
from bunmart_mesh.render.envoy.sds import roots_secret, workload_secret
from bunmart_mesh.renewal import AUTHORITY, LEAF_LIFETIME, Change, Documents, renew

from bunmart_dev.private_files import write_private

_AUTHORITY_FILES = {"tls.crt": "ca.pem", "tls.key": "ca.key", "ca.crt": "roots.pem"}


def ensure_certificates(folder: Path, policy: Policy) -> list[str]:
    """Make what is missing or about to expire; running Envoys pick the new files up.

    Args:
        folder: Created with mode 0700.
        policy: Names the parts and their identities.

    Returns:
        The parts that got a new certificate or new roots.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in policy.names:
        _write_sds(folder / name)
    identities = {name: policy.identity(name) for name in policy.names}
    changed = renew(_Folder(folder), policy.trust_domain, identities, LEAF_LIFETIME)
    return [name for name in policy.names if name in changed]


def _write_sds(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    secrets = {
        "workload.sds.yaml": workload_secret(str(folder / "tls.crt"), str(folder / "tls.key"), str(folder)),
        "roots.sds.yaml": roots_secret(str(folder / "ca.crt"), str(folder)),
    }
    for name, secret in secrets.items():
        _write(folder / name, yaml.safe_dump(secret, sort_keys=False).encode())


class _Folder:
    """A store of documents for a single process.

    Killed between two files it leaves a key without its certificate; the next renewal replaces both.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def edit(self, name: str, change: Change) -> tuple[Documents, bool]:
        """Replace what changed, in the order in which the change names it."""
        paths = self._paths(name)
        held = {document: path.read_bytes() for document, path in paths.items() if path.exists()}
        wanted = change(held)
        for document, content in wanted.items():
            # Between the two renames Envoy may see a pair that does not match; it keeps the old one until
            # the second.
            _write(paths[document], content)
        for document in held.keys() - wanted.keys():
            paths[document].unlink()
        return wanted, held != wanted

    def _paths(self, name: str) -> dict[str, Path]:
        if name != AUTHORITY:
            return {document: self._folder / name / document for document in ("ca.crt", "tls.key", "tls.crt")}
        successor = {document: document for document in ("next.crt", "next.key", "next.trusted-since")}
        return {document: self._folder / file for document, file in (_AUTHORITY_FILES | successor).items()}


def _write(file: Path, content: bytes) -> None:
    """Replace a file atomically; an unchanged one stays, so that no watcher wakes up."""
    if not file.exists() or file.read_bytes() != content:
        write_private(file, content)


def main(arguments: Iterable[str] | None = None) -> None:
    """Make or renew the certificates of a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m bunmart_dev.local_mesh.certificates", description=main.__doc__
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the certificates")
    options = parser.parse_args(None if arguments is None else list(arguments))
    issued = ensure_certificates(options.out, load_policy())
    print("issued:", ", ".join(issued) or "nothing, all are current")


if __name__ == "__main__":
    main()
