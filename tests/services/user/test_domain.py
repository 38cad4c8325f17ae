"""Rules of users and sessions, for whatever hypothesis can think of."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError, ResourceExhaustedError
from bunmart_user import countries
from bunmart_user.domain.accounts import require_another_admin
from bunmart_user.domain.contact_details import normalise_email, normalise_phone
from bunmart_user.domain.passwords import (
    FAILURE_WINDOW,
    MAX_FAILURES,
    LoginFailures,
    require_acceptable_password,
    require_attempt_left,
)
from bunmart_user.domain.token_expiry import (
    RESET_PAUSE,
    Accepted,
    Refused,
    Reused,
    Session,
    is_reset_too_soon,
    judge,
    new_password_reset,
    new_refresh_token,
)
from bunmart_user.opaque_tokens import hash_of, new_token
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
    assert normalise_email(given_) == stored


@given(st.text(max_size=60))
def test_an_email_address_is_accepted_once_and_for_all_or_refused(text: str) -> None:
    try:
        stored = normalise_email(text)
    except InvalidArgumentError:
        return
    assert stored == stored.lower()
    assert normalise_email(stored) == stored


@pytest.mark.parametrize(
    "phone", ["12345678", "+0123456789", "+12", "+" + "1" * 16, "phone", "+49151x2345678"]
)
def test_a_phone_number_that_is_not_international_is_refused(phone: str) -> None:
    with pytest.raises(InvalidArgumentError, match="phone"):
        normalise_phone(phone)


def test_a_phone_number_loses_its_punctuation() -> None:
    assert normalise_phone("+49 (151) 123-456.78") == "+4915112345678"
    assert normalise_phone("") == ""


@pytest.mark.parametrize("password", ["short", "x" * 9, "x" * 129, "Ada@Example.org"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match="password"):
        require_acceptable_password(password, "ada@example.org")


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

    if used is None and revoked is None and left > 0 and active:
        assert verdict == Accepted(session)
    elif used is not None and revoked is None:
        assert verdict == Reused(session.family)
    else:
        assert verdict == Refused()
    assert judge(None, NOW) == Refused()


def test_a_new_token_is_unused_and_good_for_its_lifetime() -> None:
    family, user_id, lifetime = uuid4(), uuid4(), timedelta(hours=1)

    token = new_refresh_token(
        uuid4(), family=family, user_id=user_id, hashed=b"h", now=NOW, lifetime=lifetime
    )
    reset = new_password_reset(user_id, b"h", NOW, lifetime)

    assert (token.family, token.user_id, token.hash) == (family, user_id, b"h")
    assert (token.created_at, token.used_at, token.revoked_at) == (NOW, None, None)
    assert (token.expires_at, reset.expires_at, reset.sent_at) == (NOW + lifetime, NOW + lifetime, None)


def test_a_reset_mail_is_followed_by_a_pause() -> None:
    reset = new_password_reset(uuid4(), b"h", NOW, timedelta(hours=1))
    assert not is_reset_too_soon(None, NOW)
    assert not is_reset_too_soon(reset, NOW)

    reset.sent_at = NOW
    assert is_reset_too_soon(reset, NOW + RESET_PAUSE - timedelta(seconds=1))
    assert not is_reset_too_soon(reset, NOW + RESET_PAUSE)


def test_an_account_waits_until_the_window_of_its_wrong_passwords_ends() -> None:
    require_attempt_left(None, NOW)
    require_attempt_left(LoginFailures(MAX_FAILURES - 1, NOW), NOW)

    with pytest.raises(ResourceExhaustedError) as refusal:
        require_attempt_left(LoginFailures(MAX_FAILURES, NOW), NOW + timedelta(seconds=100))

    assert refusal.value.code == "TOO_MANY_ATTEMPTS"
    waiting = FAILURE_WINDOW - timedelta(seconds=100)
    assert refusal.value.metadata["retry_after_seconds"] == str(int(waiting.total_seconds()) + 1)


def test_secrets_differ_and_are_stored_hashed() -> None:
    (one, hashed), (other, _) = new_token(), new_token()

    assert one != other
    assert hashed == hash_of(one)
    assert one.encode() not in hashed


def test_the_last_admin_stays() -> None:
    last, other = uuid4(), uuid4()
    require_another_admin(last, [last, other])

    with pytest.raises(FailedPreconditionError, match="admin"):
        require_another_admin(last, [last])
