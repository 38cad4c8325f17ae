"""The mesh's own certificate authority: who may sign, and one SPIFFE identity per leaf."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFETIME = timedelta(days=365)

_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class KeyPair:
    """A certificate and the private key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def from_pem(cls, certificate_pem: bytes, key_pem: bytes) -> Self:
        """Read a pair; of several certificates the first counts.

        Raises:
            ValueError: One of them is no PEM, the key is of another kind, or they do not belong together.
        """
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        try:
            key = serialization.load_pem_private_key(key_pem, password=None)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            raise ValueError("the private key does not belong to the certificate")
        return cls(certificate, key)

    @property
    def certificate_pem(self) -> bytes:
        """Return the certificate as PEM."""
        return certificate_pem(self.certificate)

    @property
    def key_pem(self) -> bytes:
        """Return the private key as PEM (PKCS #8, not encrypted)."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class Authority(KeyPair):
    """A certificate authority."""

    @classmethod
    def create(cls, trust_domain: str) -> "Authority":
        """Make a new self-signed authority, valid for one year."""
        key = ec.generate_private_key(ec.SECP256R1())
        # While two roots are trusted, a verifier looks the signer up by name: no two may share one.
        unique = x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{x509.random_serial_number():x}")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{trust_domain} mesh CA"), unique])
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            _builder(name, name, key, now() + AUTHORITY_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    def issue(self, identity: str, lifetime: timedelta) -> KeyPair:
        """Issue a certificate for a SPIFFE id with a new key; it never outlives the authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        san = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)])
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        until = min(now() + lifetime, self.certificate.not_valid_after_utc)
        certificate = (
            # X.509-SVID: an empty subject makes the URI the only name, and the extension critical.
            _builder(x509.Name([]), self.certificate.subject, key, until)
            .add_extension(san, critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(signer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return KeyPair(certificate, key)

    def has_issued(self, certificate: x509.Certificate, identity: str) -> bool:
        """Tell whether a certificate is ours and names this SPIFFE id and nothing else."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
            return False
        return list(names) == [x509.UniformResourceIdentifier(identity)]


def now() -> datetime:
    """Return the time by which certificates are judged."""
    return datetime.now(UTC)


def time_left(certificate: x509.Certificate) -> timedelta:
    """Return how long a certificate is still valid; negative when it has expired."""
    return certificate.not_valid_after_utc - now()


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - _CLOCK_SKEW)
        .not_valid_after(until)
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
