"""The state machine: reports in any order, any number of times, lead to one state and lose no money."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_payment import domain
from bunmart_payment.domain import (
    CANCELED,
    CLOSED,
    EXPIRED,
    SUPERSEDED,
    Effect,
    Outcome,
    Payment,
    PaymentStatus,
    Report,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUCCEEDED, REFUNDED = Report(Outcome.SUCCEEDED), Report(Outcome.REFUNDED)
DECLINED = Report(Outcome.DECLINED, "card_declined")
RANK = list(PaymentStatus)
LIVES = st.one_of(
    st.just([DECLINED]),
    st.just([DECLINED, Report(Outcome.CANCELED, EXPIRED)]),
    st.just([Report(Outcome.CANCELED, CANCELED)]),
    st.just([SUCCEEDED]),
    st.just([DECLINED, SUCCEEDED]),
    st.just([SUCCEEDED, REFUNDED]),
    st.just([DECLINED, SUCCEEDED, REFUNDED]),
)
"""What Stripe can say about one intent, in its order."""
REPORTS = st.lists(
    st.one_of(
        st.just(SUCCEEDED),
        st.just(REFUNDED),
        st.just(DECLINED),
        st.sampled_from(sorted(CLOSED)).map(lambda code: Report(Outcome.CANCELED, code)),
    ),
    max_size=8,
)


def payment(**changes: object) -> Payment:
    """A pending payment of 20.00 EUR."""
    pending = Payment(
        id=uuid4(),
        order_id=uuid4(),
        user_id=uuid4(),
        amount=Decimal("20.00"),
        currency_code="EUR",
        order_name="",
        metadata={},
        status=PaymentStatus.PENDING,
        failure_code=None,
        stripe_payment_intent_id="pi_1",
        client_secret="pi_1_secret",
        refund_total=Decimal(0),
        created_at=NOW,
        updated_at=NOW,
        checked_at=NOW,
        expires_at=NOW + timedelta(minutes=30),
        charged_at=None,
        archived_at=None,
    )
    return msgspec.structs.replace(pending, **changes)


def replay(reports: list[Report]) -> tuple[Payment, list[tuple[PaymentStatus, Effect]]]:
    """A payment after these reports, and all that followed from them."""
    current, followed = payment(), []
    for report in reports:
        change = domain.decide(current, report)
        if change is None:
            continue
        assert RANK.index(change.status) >= RANK.index(current.status)
        current.status, current.failure_code = change.status, change.failure_code
        if change.charged:
            current.charged_at = current.charged_at or NOW
        followed += [(change.status, effect) for effect in change.effects]
    return current, followed


@given(LIVES, st.data())
def test_the_events_of_an_intent_lead_to_one_state_in_any_order_and_number(
    life: list[Report], data: st.DataObject
) -> None:
    in_order, _ = replay(life)
    repeated = life + data.draw(st.lists(st.sampled_from(life), max_size=4))
    shuffled, _ = replay(data.draw(st.permutations(repeated)))
    assert shuffled.status is in_order.status
    assert (shuffled.charged_at is None) == (in_order.charged_at is None)


@given(REPORTS)
def test_nothing_is_told_or_refunded_twice(reports: list[Report]) -> None:
    _, followed = replay(reports + reports)
    assert len(followed) == len(set(followed))
    assert [effect for _, effect in followed].count(Effect.REFUND) <= 1


@given(REPORTS)
def test_a_charge_pays_the_order_or_goes_back(reports: list[Report]) -> None:
    final, followed = replay([*reports, SUCCEEDED])
    paid = (PaymentStatus.SUCCEEDED, Effect.TELL_ORDER) in followed
    going_back = Effect.REFUND in {effect for _, effect in followed}
    assert paid or going_back or final.status is PaymentStatus.REFUNDED
    assert not (paid and going_back)


@given(REPORTS)
def test_a_closed_payment_never_shows_as_paid(reports: list[Report]) -> None:
    final, _ = replay([Report(Outcome.CANCELED, EXPIRED), *reports])
    assert final.status is not PaymentStatus.SUCCEEDED


@given(REPORTS)
def test_an_order_is_told_of_every_final_state_but_one_that_it_caused(reports: list[Report]) -> None:
    final, followed = replay(reports)
    if final.status is PaymentStatus.PENDING or final.failure_code in {SUPERSEDED, domain.REFUSED}:
        return
    assert (final.status, Effect.TELL_ORDER) in followed


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.99", "EUR", 1999), ("0.01", "USD", 1), ("1999", "JPY", 1999), ("999999.99", "EUR", 99_999_999)],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    assert domain.minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "field"),
    [
        ("0", "EUR", "amount"),
        ("-1", "EUR", "amount"),
        ("1.999", "EUR", "amount"),
        ("1.50", "JPY", "amount"),
        ("1000000.00", "EUR", "amount"),
        ("1.00", "KWD", "currency_code"),
    ],
)
def test_what_cannot_be_charged_exactly_is_refused(amount: str, currency: str, field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        domain.minor_units(Decimal(amount), currency)
    assert [each.field for each in refused.value.violations] == [field]


def test_all_that_is_left_is_refunded_when_no_amount_is_named() -> None:
    paid = payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW, refund_total=Decimal("5.00"))
    assert domain.refundable(paid, None) == Decimal("15.00")


@pytest.mark.parametrize("amount", [Decimal("20.01"), None])
def test_no_more_than_what_is_left_is_refunded(amount: Decimal | None) -> None:
    spent = Decimal(0) if amount else Decimal("20.00")
    paid = payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW, refund_total=spent)
    with pytest.raises(FailedPreconditionError) as refused:
        domain.refundable(paid, amount)
    assert refused.value.code == "PAYMENT_NOT_REFUNDABLE"


def test_a_payment_without_a_charge_is_not_refunded() -> None:
    with pytest.raises(FailedPreconditionError):
        domain.refundable(payment(), None)


def test_only_a_payment_that_is_over_is_archived() -> None:
    domain.require_archivable(payment(status=PaymentStatus.FAILED))
    with pytest.raises(FailedPreconditionError) as refused:
        domain.require_archivable(payment())
    assert refused.value.code == "PAYMENT_NOT_FINAL"
