"""The authority and the workload certificates of a release, in its Secrets."""

from collections.abc import Sequence

from bunmart_mesh.issuer.objects import ClusterObjects, Ref
from bunmart_mesh.renewal import AUTHORITY, Change, Documents, renew, spiffe_id

AUTHORITY_SECRET = "bunmart-mesh-ca"  # noqa: S105 - a name


def workload_secret(part: str) -> str:
    """Return the name of a part's Secret."""
    return f"{part}-mesh-tls"


class _Secrets:
    """The Secrets of a namespace as a store of documents."""

    def __init__(self, objects: ClusterObjects, namespace: str) -> None:
        self._objects = objects
        self._namespace = namespace

    def edit(self, name: str, change: Change) -> tuple[Documents, bool]:
        """Change the Secret of the authority or of a part."""
        secret = AUTHORITY_SECRET if name == AUTHORITY else workload_secret(name)
        return self._objects.edit(Ref(self._namespace, secret), change)


def issue_certificates(
    objects: ClusterObjects, namespace: str, trust_domain: str, parts: Sequence[str]
) -> list[str]:
    """Make what is missing or about to expire; safe to run at any time, also twice at once.

    Args:
        objects: The cluster.
        namespace: Of the release; also part of the identities.
        trust_domain: Of the identities.
        parts: Their ServiceAccounts have the same names.

    Returns:
        What was changed: names of parts, and ``authority``.

    Raises:
        IssuerError: A Secret is missing or may not be changed.
    """
    identities = {part: spiffe_id(trust_domain, namespace, part) for part in parts}
    return renew(_Secrets(objects, namespace), trust_domain, identities)
