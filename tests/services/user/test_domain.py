"""Rules of users and sessions, for whatever hypothesis can think of."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_user import countries, domain
from bunmart_user.sessions import Session, Verdict, hash_of, judge, new_secret
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2030, 1, 1, tzinfo=UTC)
moments = st.none() | st.just(NOW)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  ada@example.org ", "ada@example.org"),
        ("admin@bunmart.local", "admin@bunmart.local"),
        ("ada@bücher.example.com", "ada@xn--bcher-kva.example.com"),
    ],
)
def test_an_email_address_has_one_form(given_: str, stored: str) -> None:
    assert domain.normalise_email(given_) == stored


@given(st.text(max_size=60))
def test_an_email_address_is_accepted_once_and_for_all_or_refused(text: str) -> None:
    try:
        stored = domain.normalise_email(text)
    except InvalidArgumentError:
        return
    assert stored == stored.lower()
    assert domain.normalise_email(stored) == stored


@pytest.mark.parametrize(
    "phone", ["12345678", "+0123456789", "+12", "+" + "1" * 16, "phone", "+49151x2345678"]
)
def test_a_phone_number_that_is_not_international_is_refused(phone: str) -> None:
    with pytest.raises(InvalidArgumentError, match="phone"):
        domain.normalise_phone(phone)


def test_a_phone_number_loses_its_punctuation() -> None:
    assert domain.normalise_phone("+49 (151) 123-456.78") == "+4915112345678"
    assert domain.normalise_phone("") == ""


@pytest.mark.parametrize("password", ["short", "x" * 9, "x" * 129, "Ada@Example.org"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match="password"):
        domain.check_password(password, "ada@example.org")


def test_there_are_249_countries() -> None:
    assert len(countries.COUNTRIES) == 249


@given(moments, moments, st.sampled_from([-1, 0, 1]), st.booleans())
def test_a_refresh_token_is_good_for_one_use(
    used: datetime | None, revoked: datetime | None, left: int, active: bool
) -> None:
    session = Session(
        uuid4(), uuid4(), uuid4(), NOW + timedelta(seconds=left), used, revoked, ["customer"], active
    )

    verdict = judge(session, NOW)

    assert (verdict is Verdict.ROTATE) == (used is None and revoked is None and left > 0 and active)
    assert (verdict is Verdict.REUSED) == (used is not None and revoked is None)
    assert judge(None, NOW) is Verdict.REFUSE


def test_secrets_differ_and_are_stored_hashed() -> None:
    (one, hashed), (other, _) = new_secret(), new_secret()

    assert one != other
    assert hashed == hash_of(one)
    assert one.encode() not in hashed


def test_the_last_admin_stays() -> None:
    last, other = uuid4(), uuid4()
    domain.require_another_admin(last, [last, other])

    with pytest.raises(FailedPreconditionError, match="admin"):
        domain.require_another_admin(last, [last])
