"""Workload certificates as OpenSSL judges them, at a time that a test chooses."""

import itertools
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

Tls = dict[str, bytes]


class Clock:
    """The time by which the issuer judges; the documents tell no other."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def context(kind: int, held: Tls, folder: Path, moment: datetime) -> ssl.SSLContext:
    for name, content in held.items():
        (folder / name).write_bytes(content)
    context = ssl.SSLContext(kind)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "ca.crt")
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    # OpenSSL knows the true time only.
    if moment - datetime.now(UTC) > timedelta(minutes=5):
        context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return context


def shake_hands(client: Tls, server: Tls, folder: Path, moment: datetime | None = None) -> None:
    """Connect with mutual TLS, as OpenSSL judges it; raises ssl.SSLError when one does not trust the other."""
    moment = moment or datetime.now(UTC)
    for held in (client, server):
        assert x509.load_pem_x509_certificate(held["tls.crt"]).not_valid_after_utc > moment
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = context(ssl.PROTOCOL_TLS_CLIENT, client, folder, moment).wrap_bio(to_client, to_server)
    theirs = context(ssl.PROTOCOL_TLS_SERVER, server, folder, moment).wrap_bio(
        to_server, to_client, server_side=True
    )
    waiting = [ours, theirs]
    for side in itertools.islice(itertools.cycle((ours, theirs)), 20):
        try:
            side.do_handshake()
            waiting = [other for other in waiting if other is not side]
        except ssl.SSLWantReadError:
            continue
    assert not waiting
