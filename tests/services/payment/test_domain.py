"""The state machine: reports in any order, any number of times, lead to one state and lose no money."""

from datetime import UTC, datetime, timedelta, timezone
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
    Charge,
    Effect,
    NewPayment,
    Outcome,
    Outdated,
    Payment,
    PaymentStatus,
    RefundStatus,
    RefundStep,
    Report,
    Usable,
    Vacant,
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
"""The reports that Stripe can make about one intent, in its order."""
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
        closed_at=None,
    )
    return msgspec.structs.replace(pending, **changes)


def replay(reports: list[Report], **changes: object) -> tuple[Payment, list[tuple[PaymentStatus, Effect]]]:
    """A payment after these reports, and all that followed from them."""
    current, followed = payment(**changes), []
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
    caused_by_the_order = {SUPERSEDED, domain.REFUSED, domain.ORDER_CLOSED}
    if final.status is PaymentStatus.PENDING or final.failure_code in caused_by_the_order:
        return
    assert (final.status, Effect.TELL_ORDER) in followed


@given(REPORTS)
def test_a_charge_after_the_end_of_the_order_goes_back_and_the_order_is_not_told_of_it(
    reports: list[Report],
) -> None:
    final, followed = replay([*reports, SUCCEEDED], closed_at=NOW)
    assert final.status in {PaymentStatus.FAILED, PaymentStatus.REFUNDED}
    assert Effect.REFUND in {effect for _, effect in followed} or final.status is PaymentStatus.REFUNDED
    assert {effect for status, effect in followed if status is not PaymentStatus.REFUNDED} <= {
        Effect.REFUND,
        Effect.CANCEL_INTENT,
    }


def test_a_success_counts_only_over_the_amount_that_was_asked_for() -> None:
    right = Charge((2000, 2000), "EUR")
    assert domain.decide(payment(), Report(Outcome.SUCCEEDED, charge=right)) == domain.decide(
        payment(), SUCCEEDED
    )
    for wrong in (
        Charge((2000, 1999), "EUR"),
        Charge((1, 2000), "EUR"),
        Charge((None,), "EUR"),
        Charge((2000,), "USD"),
        Charge((2000,), ""),
    ):
        change = domain.decide(payment(), Report(Outcome.SUCCEEDED, charge=wrong))
        assert change is not None
        assert (change.status, change.failure_code) == (PaymentStatus.FAILED, "amount_mismatch")
        assert change.effects == {Effect.REFUND, Effect.TELL_ORDER}
        assert change.charged


def test_an_expired_payment_tells_the_customer_so() -> None:
    change = domain.decide(payment(), Report(Outcome.CANCELED, EXPIRED))
    assert change is not None
    assert change.effects == {Effect.TELL_ORDER, Effect.TELL_CUSTOMER}
    assert change.message == "expired"


def wanted(of: Payment, **changes: object) -> NewPayment:
    """A request for just such a payment."""
    request = NewPayment(
        order_id=of.order_id,
        user_id=of.user_id,
        amount=of.amount,
        currency_code=of.currency_code,
        order_name="",
        metadata={},
    )
    return msgspec.structs.replace(request, **changes)


def test_a_pending_payment_is_used_replaced_or_not_there() -> None:
    pending = payment()
    same = wanted(pending)
    assert domain.answer_request(same, [pending], NOW) == Usable(pending)
    assert domain.answer_request(same, [], NOW) == Vacant()
    assert domain.answer_request(same, [pending], pending.expires_at) == Outdated(pending, EXPIRED)
    for changes in ({"amount": Decimal(1)}, {"currency_code": "USD"}, {"user_id": uuid4()}):
        other = wanted(pending, **changes)
        assert domain.answer_request(other, [pending], NOW) == Outdated(pending, SUPERSEDED)


@pytest.mark.parametrize("position", [0, 1])
def test_a_paid_order_is_found_in_any_order_of_its_payments(position: int) -> None:
    payments = [payment()]
    payments.insert(position, payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW))
    with pytest.raises(FailedPreconditionError) as refused:
        domain.answer_request(wanted(payments[0]), payments, NOW)
    assert refused.value.code == "ORDER_ALREADY_PAID"


def test_a_payment_whose_money_goes_back_leaves_its_order_to_another() -> None:
    paid = payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW, refund_total=Decimal("20.00"))
    assert domain.answer_request(wanted(paid), [paid], NOW) == Vacant()


def test_a_new_payment_is_pending_until_its_lifetime_is_over() -> None:
    request = wanted(payment())
    made = domain.new_payment(request, now=NOW, lifetime_seconds=60)
    assert (made.status, made.stripe_payment_intent_id) == (PaymentStatus.PENDING, None)
    assert domain.answer_request(request, [made], NOW) == Usable(made)
    over = NOW + timedelta(seconds=60)
    assert made.expires_at.utcoffset() == timedelta(0)
    assert domain.answer_request(request, [made], over - timedelta(microseconds=1)) == Usable(made)
    for zone in (NOW.tzinfo, timezone(timedelta(hours=9))):
        assert domain.answer_request(request, [made], over.astimezone(zone)) == Outdated(made, EXPIRED)


PENDING_R, SUCCEEDED_R, FAILED_R = RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED
REFUND_STEPS = [
    (PENDING_R, None, PENDING_R, RefundStep.NOTE),
    (PENDING_R, "re_1", PENDING_R, RefundStep.NONE),
    (PENDING_R, None, SUCCEEDED_R, RefundStep.SETTLE),
    (PENDING_R, "re_1", FAILED_R, RefundStep.RELEASE),
    (SUCCEEDED_R, "re_1", PENDING_R, RefundStep.NONE),
    (SUCCEEDED_R, "re_1", SUCCEEDED_R, RefundStep.NONE),
    (SUCCEEDED_R, None, SUCCEEDED_R, RefundStep.NOTE),
    (SUCCEEDED_R, "re_1", FAILED_R, RefundStep.RELEASE),
    (FAILED_R, "re_1", SUCCEEDED_R, RefundStep.NONE),
    (FAILED_R, "re_1", FAILED_R, RefundStep.NONE),
]


@pytest.mark.parametrize(("status", "stripe_id", "news", "step"), REFUND_STEPS)
def test_news_of_a_refund_act_once(
    status: RefundStatus, stripe_id: str | None, news: RefundStatus, step: RefundStep
) -> None:
    refund = domain.new_refund(payment(), Decimal("5.00"), "sour", now=NOW)
    refund.status, refund.stripe_refund_id = status, stripe_id
    assert domain.decide_refund(refund, news) is step


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.99", "EUR", 1999), ("0.01", "USD", 1), ("1999", "JPY", 1999), ("999999.99", "EUR", 99_999_999)],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    assert domain.require_minor_units(Decimal(amount), currency) == minor


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
        domain.require_minor_units(Decimal(amount), currency)
    assert [each.field for each in refused.value.violations] == [field]


def test_all_that_is_left_is_refunded_when_no_amount_is_named() -> None:
    paid = payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW, refund_total=Decimal("5.00"))
    assert domain.require_refundable(paid, None) == Decimal("15.00")


@pytest.mark.parametrize("amount", [Decimal("20.01"), None])
def test_no_more_than_what_is_left_is_refunded(amount: Decimal | None) -> None:
    spent = Decimal(0) if amount else Decimal("20.00")
    paid = payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW, refund_total=spent)
    with pytest.raises(FailedPreconditionError) as refused:
        domain.require_refundable(paid, amount)
    assert refused.value.code == "PAYMENT_NOT_REFUNDABLE"


def test_a_refund_of_an_order_begins_with_the_payment_that_pays_it() -> None:
    late = payment(status=PaymentStatus.FAILED, charged_at=NOW, refund_total=Decimal("15.00"))
    paying = payment(status=PaymentStatus.SUCCEEDED, charged_at=NOW, refund_total=Decimal("2.00"))
    payments = [payment(), late, payment(status=PaymentStatus.FAILED), paying]
    assert domain.share_refund(payments, None) == [(paying, Decimal("18.00")), (late, Decimal("5.00"))]
    assert domain.share_refund(payments, Decimal("18.00")) == [(paying, Decimal("18.00"))]
    assert domain.share_refund(payments, Decimal("18.01"))[1] == (late, Decimal("0.01"))
    with pytest.raises(FailedPreconditionError) as refused:
        domain.share_refund(payments, Decimal("23.01"))
    assert refused.value.code == "PAYMENT_NOT_REFUNDABLE"


@pytest.mark.parametrize(
    ("statuses", "status", "amount"),
    [
        ("P", "PENDING", "5.00"),
        ("S", "SUCCEEDED", "5.00"),
        ("F", "FAILED", "5.00"),
        ("SP", "PENDING", "10.00"),
        ("SF", "SUCCEEDED", "5.00"),
        ("FP", "PENDING", "5.00"),
        ("FF", "FAILED", "10.00"),
    ],
)
def test_the_refunds_of_one_request_are_one_answer(statuses: str, status: str, amount: str) -> None:
    refunds = [domain.new_refund(payment(), Decimal("5.00"), "", now=NOW) for _ in statuses]
    for refund, letter in zip(refunds, statuses, strict=True):
        refund.status = {"P": PENDING_R, "S": SUCCEEDED_R, "F": FAILED_R}[letter]
    request = uuid4()
    assert domain.sum_refunds(request, refunds) == (request, status, Decimal(amount))


def test_a_payment_without_a_charge_is_not_refunded() -> None:
    with pytest.raises(FailedPreconditionError):
        domain.require_refundable(payment(), None)


def test_only_a_payment_that_is_over_is_archived() -> None:
    domain.require_archivable(payment(status=PaymentStatus.FAILED))
    with pytest.raises(FailedPreconditionError) as refused:
        domain.require_archivable(payment())
    assert refused.value.code == "PAYMENT_NOT_FINAL"
