"""Workload certificates of the local mesh: a CA of our own and one SPIFFE identity per part.

A folder holds ``ca.pem`` and ``ca.key``, and per part a folder with ``tls.crt``, ``tls.key``, ``ca.crt`` and
the two SDS files which Envoy watches. Every file has mode 0600. In a cluster cert-manager plays this role.
"""

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bunmart_mesh.policy import Policy, load_policy
from bunmart_mesh.render.sds import roots_secret, workload_secret

CA_LIFETIME = timedelta(days=365)
LEAF_LIFETIME = timedelta(days=7)
RENEW_BEFORE = timedelta(days=2)
"""A workload certificate with less time left is replaced."""

_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Authority:
    """A certificate authority: its certificate and private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, trust_domain: str) -> "Authority":
        """Make a new self-signed authority, valid for one year."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{trust_domain} mesh CA")])
        usage = _key_usage(signs_certificates=True)
        certificate = (
            _builder(name, name, key, CA_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    def issue(self, identity: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Issue a certificate for a SPIFFE id with a new key, valid for seven days."""
        key = ec.generate_private_key(ec.SECP256R1())
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        san = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)])
        certificate = (
            # X.509-SVID: an empty subject makes the URI the only name, and the extension critical.
            _builder(x509.Name([]), self.certificate.subject, key, LEAF_LIFETIME)
            .add_extension(san, critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate, key


def ensure_certificates(folder: Path, policy: Policy) -> list[str]:
    """Make what is missing or about to expire; running Envoys pick the new files up.

    Args:
        folder: Created with mode 0700.
        policy: Names the parts and their identities.

    Returns:
        The parts that got a new certificate.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _load_or_create_authority(folder, policy)
    return [
        name for name in policy.names if _ensure_workload(folder / name, authority, policy.identity(name))
    ]


def _load_or_create_authority(folder: Path, policy: Policy) -> Authority:
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if certificate_file.exists() and key_file.exists():
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and _time_left(certificate) > LEAF_LIFETIME:
            return Authority(certificate, key)
    authority = Authority.create(policy.trust_domain)
    _write(key_file, _key_pem(authority.key))
    _write(certificate_file, _certificate_pem(authority.certificate))
    return authority


def _ensure_workload(folder: Path, authority: Authority, identity: str) -> bool:
    folder.mkdir(mode=0o700, exist_ok=True)
    certificate_file = folder / "tls.crt"
    secrets = {
        "workload.sds.yaml": workload_secret(str(certificate_file), str(folder / "tls.key"), str(folder)),
        "roots.sds.yaml": roots_secret(str(folder / "ca.crt"), str(folder)),
    }
    for name, secret in secrets.items():
        _write(folder / name, yaml.safe_dump(secret, sort_keys=False).encode())
    _write(folder / "ca.crt", _certificate_pem(authority.certificate))
    if _is_current(certificate_file, authority, identity) and (folder / "tls.key").exists():
        return False
    certificate, key = authority.issue(identity)
    # Between the two renames Envoy may see a pair that does not match; it keeps the old one until the second.
    _write(folder / "tls.key", _key_pem(key))
    _write(certificate_file, _certificate_pem(certificate))
    return True


def _is_current(file: Path, authority: Authority, identity: str) -> bool:
    if not file.exists():
        return False
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if names.get_values_for_type(x509.UniformResourceIdentifier) != [identity]:
        return False
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError):
        return False
    return _time_left(certificate) > RENEW_BEFORE


def _time_left(certificate: x509.Certificate) -> timedelta:
    return certificate.not_valid_after_utc - datetime.now(UTC)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes) -> None:
    """Replace a file atomically; an unchanged one stays, so that no watcher wakes up."""
    if file.exists() and file.read_bytes() == content:
        return
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    temporary.replace(file)


def main(arguments: Iterable[str] | None = None) -> None:
    """Make or renew the certificates of a folder."""
    parser = argparse.ArgumentParser(prog="python -m bunmart_mesh.certificates", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the certificates")
    options = parser.parse_args(None if arguments is None else list(arguments))
    issued = ensure_certificates(options.out, load_policy())
    print("issued:", ", ".join(issued) or "nothing, all are current")


if __name__ == "__main__":
    main()
