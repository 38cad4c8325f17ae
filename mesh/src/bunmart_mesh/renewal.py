"""Renews certificates before they expire, in a folder or in the Secrets of a cluster.

An authority that ends within a month gets a successor. For an hour both roots are trusted while the old one
still signs, so that every proxy has read the new root before it meets the first certificate under it; then
the successor signs, and the old root stays trusted until it expires. Whoever runs the renewal once a day
therefore never breaks a connection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from cryptography import x509

from bunmart_mesh.authority import Authority, KeyPair, certificate_pem, now, time_left

LEAF_LIFETIME = timedelta(days=7)
RENEW_BEFORE = timedelta(days=2)
"""A workload certificate with less time left is replaced."""
SUCCESSION_BEFORE = timedelta(days=30)
"""An authority with less time left gets a successor."""
TRUST_DELAY = timedelta(hours=1)
"""Everyone trusts a successor this long before it signs; a kubelet takes up to two minutes to tell a pod."""

AUTHORITY = "authority"
"""Under this name a store keeps the authority; all other names are those of parts."""

Documents = Mapping[str, bytes]
"""PEM texts by file name: ``tls.crt``, ``tls.key`` and ``ca.crt``, the roots to trust."""
Change = Callable[[Documents], Documents]

_SUCCESSOR = "next.crt"
_SUCCESSOR_KEY = "next.key"
_TRUSTED_SINCE = "next.trusted-since"


class Store(Protocol):
    """A place that keeps documents by name."""

    def edit(self, name: str, change: Change) -> tuple[Documents, bool]:
        """Replace the documents of one name by what the change makes of them.

        The change may run several times when others write at the same time; it sees what is there.

        Returns:
            The documents as they are now, and whether they were changed.
        """


def spiffe_id(trust_domain: str, namespace: str, part: str) -> str:
    """Return the identity of a part."""
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{part}"


def renew(
    store: Store, trust_domain: str, identities: Mapping[str, str], lifetime: timedelta = LEAF_LIFETIME
) -> list[str]:
    """Make what is missing, about to expire, of another identity or of another authority.

    Args:
        store: May be used by others at the same time.
        trust_domain: Names a new authority.
        identities: SPIFFE id by part.
        lifetime: Of new workload certificates.

    Returns:
        The names whose documents were changed, the authority's among them.
    """
    changed: dict[str, None] = {}

    def edit(name: str, change: Change) -> Documents:
        documents, differs = store.edit(name, change)
        if differs:
            changed[name] = None
        return documents

    while True:
        held = edit(AUTHORITY, lambda documents: _succession(documents, trust_domain))
        signer, roots = Authority.from_pem(held["tls.crt"], held["tls.key"]), held["ca.crt"]
        for part, identity in identities.items():
            workload = Workload(signer, roots, identity, lifetime)
            edit(part, workload.renewed)
        after = edit(AUTHORITY, _announced)
        # Another run may have moved on meanwhile, and this one overwritten its certificates.
        if (after["tls.crt"], after["ca.crt"]) == (held["tls.crt"], roots):
            return list(changed)


@dataclass(frozen=True)
class Workload:
    """The certificate and the roots that a part must have."""

    signer: Authority
    roots: bytes
    identity: str
    lifetime: timedelta

    def renewed(self, documents: Documents) -> Documents:
        """Return the documents, with a new certificate when the one that is there does not do."""
        if self._is_current(documents):
            return {**documents, "ca.crt": self.roots}
        pair = self.signer.issue(self.identity, self.lifetime)
        return {**documents, "ca.crt": self.roots, "tls.key": pair.key_pem, "tls.crt": pair.certificate_pem}

    def _is_current(self, documents: Documents) -> bool:
        pair = _pair(documents, "tls.crt", "tls.key")
        return (
            pair is not None
            and self.signer.has_issued(pair.certificate, self.identity)
            and time_left(pair.certificate) > RENEW_BEFORE
        )


def _succession(documents: Documents, trust_domain: str) -> Documents:
    signer = _authority(documents, "tls.crt", "tls.key")
    successor = _authority(documents, _SUCCESSOR, _SUCCESSOR_KEY)
    since = documents.get(_TRUSTED_SINCE, b"")
    if signer is None:
        signer, successor = successor or Authority.create(trust_domain), None
    elif successor is not None and _is_trusted(since):
        signer, successor = successor, None
    elif successor is None and time_left(signer.certificate) < SUCCESSION_BEFORE:
        successor, since = Authority.create(trust_domain), b""
    ours = (_SUCCESSOR, _SUCCESSOR_KEY, _TRUSTED_SINCE)
    wanted = {name: content for name, content in documents.items() if name not in ours}
    wanted["ca.crt"] = _roots(documents, signer, successor)
    wanted |= {"tls.key": signer.key_pem, "tls.crt": signer.certificate_pem}
    if successor is not None:
        wanted |= {_SUCCESSOR_KEY: successor.key_pem, _SUCCESSOR: successor.certificate_pem}
        wanted |= {_TRUSTED_SINCE: since} if since else {}
    return wanted


def _announced(documents: Documents) -> Documents:
    if _SUCCESSOR not in documents or _TRUSTED_SINCE in documents:
        return documents
    return {**documents, _TRUSTED_SINCE: str(int(now().timestamp())).encode()}


def _is_trusted(since: bytes) -> bool:
    return since.isdigit() and now().timestamp() - int(since) >= TRUST_DELAY.total_seconds()


def _roots(documents: Documents, signer: Authority, successor: Authority | None) -> bytes:
    try:
        known = x509.load_pem_x509_certificates(documents.get("ca.crt", b""))
    except ValueError:
        known = []
    first = [signer.certificate, *([successor.certificate] if successor else [])]
    alive = [root for root in known if time_left(root) > timedelta(0)]
    return b"".join(certificate_pem(root) for root in dict.fromkeys([*first, *alive]))


def _authority(documents: Documents, certificate: str, key: str) -> Authority | None:
    pair = _pair(documents, certificate, key)
    if pair is None or time_left(pair.certificate) <= timedelta(0):
        return None
    return Authority(pair.certificate, pair.key)


def _pair(documents: Documents, certificate: str, key: str) -> KeyPair | None:
    try:
        return KeyPair.from_pem(documents.get(certificate, b""), documents.get(key, b""))
    except ValueError:
        return None
