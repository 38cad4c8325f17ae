"""Workload certificates carry an identity, stay private and are renewed in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bunmart_dev.local_mesh import certificates
from bunmart_dev.local_mesh.certificates import ensure_certificates
from bunmart_mesh.authority import Authority
from bunmart_mesh.policy import Policy, load_policy
from cryptography import x509


def certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "tls.crt").read_bytes())


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def test_a_certificate_names_its_part_and_nothing_else(tmp_path: Path, policy: Policy) -> None:
    assert ensure_certificates(tmp_path, policy) == list(policy.names)
    order = certificate(tmp_path / "order")
    names = order.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert list(names.value) == [x509.UniformResourceIdentifier("spiffe://bunmart/ns/default/sa/order")]
    assert names.critical
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
    order.verify_directly_issued_by(authority)
    assert order.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=7)


def test_files_are_private(tmp_path: Path, policy: Policy) -> None:
    ensure_certificates(tmp_path, policy)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_current_certificates_stay(tmp_path: Path, policy: Policy) -> None:
    ensure_certificates(tmp_path, policy)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert ensure_certificates(tmp_path, policy) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_certificate_that_ends_within_two_days_is_replaced(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "LEAF_LIFETIME", timedelta(days=1))
    ensure_certificates(tmp_path, policy)
    monkeypatch.undo()
    old = certificate(tmp_path / "order").serial_number
    assert ensure_certificates(tmp_path, policy) == list(policy.names)
    assert certificate(tmp_path / "order").serial_number != old


def test_a_new_authority_replaces_all_certificates(tmp_path: Path, policy: Policy) -> None:
    ensure_certificates(tmp_path, policy)
    (tmp_path / "ca.key").unlink()
    assert ensure_certificates(tmp_path, policy) == list(policy.names)
    trusted = x509.load_pem_x509_certificate((tmp_path / "cart" / "ca.crt").read_bytes())
    certificate(tmp_path / "order").verify_directly_issued_by(trusted)


def test_a_key_without_its_certificate_is_replaced(tmp_path: Path, policy: Policy) -> None:
    """As a run leaves it that was killed between the two files."""
    ensure_certificates(tmp_path, policy)
    (tmp_path / "order" / "tls.key").write_bytes((tmp_path / "cart" / "tls.key").read_bytes())

    assert ensure_certificates(tmp_path, policy) == ["order"]


def test_a_new_authority_signs_when_everyone_trusts_it(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(**later: float) -> x509.Certificate:
        moment = datetime.now(UTC) + timedelta(**later)
        for module in ("authority", "renewal"):
            monkeypatch.setattr(f"bunmart_mesh.{module}.now", lambda: moment)
        ensure_certificates(tmp_path, policy)
        return x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())

    def roots() -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates((tmp_path / "cart" / "ca.crt").read_bytes())

    first = at()
    assert roots() == [first]
    assert at(days=336) == first
    [_, successor] = roots()
    certificate(tmp_path / "order").verify_directly_issued_by(first)
    assert at(days=336, hours=1) == successor
    assert roots() == [successor, first]
    certificate(tmp_path / "order").verify_directly_issued_by(successor)
    assert not list(tmp_path.glob("next.*"))


def test_no_two_authorities_share_a_name() -> None:
    """A verifier that trusts two roots looks the signer up by its name."""
    first, second = (Authority.create("bunmart") for _ in range(2))

    assert first.certificate.subject != second.certificate.subject
