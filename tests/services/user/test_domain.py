"""Rules of users and sessions, for whatever hypothesis can think of."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError, ResourceExhaustedError
from bunmart_user import countries
from bunmart_user.domain.accounts import require_another_admin
from bunmart_user.domain.contact_details import normalise_email, normalise_phone
from bunmart_user.domain.limits import WINDOW, Attempts, Limit, counter, login_counters, require_tries_left
from bunmart_user.domain.passwords import require_acceptable_password
from bunmart_user.domain.sessions import (
    Accepted,
    PresentedToken,
    Refused,
    Repeated,
    Reused,
    judge,
    new_refresh_token,
)
from bunmart_user.domain.token_expiry import (
    RESET_PAUSE,
    is_reset_of,
    is_reset_too_soon,
    new_password_reset,
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


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 9,
        "x" * 129,
        "Ada@Example.org",
        "Ada Lovelace",
        "password123",
        "P@ssword1234",
        "qwertyuiop",
        "1234567890",
        "iloveyou12",
        "aaaaaaaaaaaaaaaaaaaaaaaaa",
        "monkeymonkey",
        "bunmart1234",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match="password"):
        require_acceptable_password(password, ["ada@example.org", "Ada Lovelace"])


@pytest.mark.parametrize(
    "password",
    ["correct horse", "battery staple", "bunmart-demo", "zufällige wörter", "x9!Kq2#vLp", "ünïcödé zwei"],
)
def test_other_passwords_are_accepted(password: str) -> None:
    require_acceptable_password(password, ["ada@example.org", "Ada Lovelace"])


def test_there_are_249_countries() -> None:
    assert len(countries.COUNTRIES) == 249


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, b"sealed"]))
def test_a_refresh_token_is_good_for_one_use(
    used: bool, revoked: bool, expired: bool, active: bool, successor: bytes | None
) -> None:
    token = PresentedToken(uuid4(), uuid4(), uuid4(), used, revoked, expired, successor)

    verdict = judge(token, active=active)

    if revoked or not active or (expired and not used):
        assert verdict == Refused()
    elif not used:
        assert verdict == Accepted(token)
    else:
        assert verdict == (Reused(token.family) if successor is None else Repeated(token, successor))
    assert judge(None, active=True) == Refused()


def test_a_new_token_is_unused_and_good_for_its_lifetime() -> None:
    family, user_id, lifetime = uuid4(), uuid4(), timedelta(hours=1)

    token = new_refresh_token(
        uuid4(), family=family, user_id=user_id, hashed=b"h", now=NOW, lifetime=lifetime
    )
    reset = new_password_reset(user_id, b"h", NOW, lifetime, 3)

    assert (token.family, token.user_id, token.hash) == (family, user_id, b"h")
    assert (token.created_at, token.used_at, token.revoked_at) == (NOW, None, None)
    assert (token.expires_at, reset.expires_at, reset.sent_at) == (NOW + lifetime, NOW + lifetime, None)


def test_a_reset_mail_is_followed_by_a_pause() -> None:
    reset = new_password_reset(uuid4(), b"h", NOW, timedelta(hours=1), 1)
    assert not is_reset_too_soon(None, NOW)
    assert not is_reset_too_soon(reset, NOW)

    reset.sent_at = NOW
    assert is_reset_too_soon(reset, NOW + RESET_PAUSE - timedelta(seconds=1))
    assert not is_reset_too_soon(reset, NOW + RESET_PAUSE)


def test_a_reset_is_of_one_version_and_that_of_the_release_before_of_any() -> None:
    reset = new_password_reset(uuid4(), b"h", NOW, timedelta(hours=1), 2)
    assert [is_reset_of(version, reset) for version in (1, 2, 3)] == [False, True, False]
    reset.credentials_version = None
    assert is_reset_of(3, reset)


def test_a_counter_that_is_used_up_has_to_wait_until_its_window_ends() -> None:
    here = counter(Limit.PAIR, "ada@example.org", "203.0.113.7")
    require_tries_left([here], [], NOW)
    require_tries_left([here], [Attempts(here.key, here.most - 1, NOW)], NOW)
    full = [Attempts(here.key, here.most, NOW)]

    with pytest.raises(ResourceExhaustedError) as refusal:
        require_tries_left([here], full, NOW + timedelta(seconds=100))

    assert refusal.value.code == "TOO_MANY_ATTEMPTS"
    waiting = int((WINDOW - timedelta(seconds=100)).total_seconds()) + 1
    assert refusal.value.metadata["retry_after_seconds"] == str(waiting)
    assert refusal.value.retry_seconds == waiting
    require_tries_left([here], full, NOW + WINDOW)


def test_counters_differ_by_network_and_account_and_a_known_device_has_its_own() -> None:
    ada, bob = "ada@example.org", "bob@example.org"
    of_ada, of_bob = login_counters(ada, "192.0.2.1", None), login_counters(bob, "192.0.2.1", None)

    assert (len(of_ada), len(set(of_ada) & set(of_bob))) == (3, 1)
    assert of_ada == sorted(of_ada)
    [own] = login_counters(ada, "192.0.2.1", uuid4())
    assert own not in of_ada


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
