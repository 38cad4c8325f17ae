"""Rules of an order, for every sequence of events that hypothesis can think of."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_order.domain import (
    FINAL,
    JOURNEY,
    LIFE,
    TRANSITIONS,
    Effect,
    Item,
    Order,
    OrderStatus,
    Party,
    Refund,
    Trigger,
    amounts_of_pieces,
    describe_pieces,
    find_rule,
    has_passed,
    is_paid_by,
    merge_items,
    new_lines,
    new_order,
    new_refund,
    require_awaited_payment,
    require_payable,
    require_rule,
    spread,
)
from hypothesis import given
from hypothesis import strategies as st

statuses = st.sampled_from(OrderStatus)


triggers, parties = st.sampled_from(Trigger), st.sampled_from(Party)


@given(st.lists(st.tuples(triggers, parties), max_size=60))
def test_an_order_never_skips_a_state_and_goes_back_only_with_its_parcel(
    steps: list[tuple[Trigger, Party]],
) -> None:
    current = OrderStatus.PENDING
    for trigger, party in steps:
        rule = find_rule(current, trigger, party)
        if rule is None or rule.target is None:
            continue
        if rule.target is not OrderStatus.CANCELLED:
            moved = JOURNEY.index(rule.target) - JOURNEY.index(current)
            assert moved == (-1 if trigger is Trigger.GIVEN_UP else 1)
        current = rule.target


@given(statuses, triggers, parties)
def test_a_refusal_names_what_is_allowed(current: OrderStatus, trigger: Trigger, party: Party) -> None:
    if find_rule(current, trigger, party) is not None:
        return
    with pytest.raises(FailedPreconditionError) as refused:
        require_rule(current, trigger, party)
    allowed = ", ".join(sorted(TRANSITIONS[current])) or "none"
    assert refused.value.metadata == {"status": current, "allowed": allowed}


def test_a_final_state_can_be_reached_from_every_state() -> None:
    assert {OrderStatus.COMPLETED, OrderStatus.CANCELLED} == FINAL
    reached = set(FINAL)
    for _ in OrderStatus:
        reached |= {state for state in OrderStatus if TRANSITIONS[state] & reached}
    assert reached == set(OrderStatus)


def test_each_state_has_one_rule_for_a_trigger_of_a_party() -> None:
    seen = [(state, rule.trigger, party) for rule in LIFE for state in rule.states for party in rule.parties]
    assert len(seen) == len(set(seen))


def test_what_was_paid_is_given_back_whenever_a_paid_order_ends_before_delivery() -> None:
    for rule in LIFE:
        if rule.target is OrderStatus.CANCELLED and rule.states != {OrderStatus.PENDING}:
            gone = (Trigger.FULLY_REFUNDED, Trigger.GIVEN_UP_REFUNDED)
            given_back = Effect.REFUND in rule.effects or rule.trigger in gone
            assert given_back, rule
            assert {Effect.STOP_PRODUCTION, Effect.STOP_SHIPMENT, Effect.SETTLE_COUPONS} <= {*rule.effects}


@given(statuses, statuses)
def test_only_the_journey_can_be_passed(current: OrderStatus, target: OrderStatus) -> None:
    if has_passed(current, target):
        assert JOURNEY.index(current) > JOURNEY.index(target)
    assert not has_passed(target, target)


@given(st.lists(st.tuples(st.uuids(), st.integers(1, 1000)), max_size=20))
def test_merging_loses_no_piece(items: list[tuple[UUID, int]]) -> None:
    merged = merge_items([Item(product, quantity) for product, quantity in items * 2])
    assert sum(item.quantity for item in merged.values()) == 2 * sum(quantity for _, quantity in items)
    assert list(merged) == list(dict.fromkeys(product for product, _ in items))


PAYMENT = uuid4()


def order(status: OrderStatus, total: str | None = None, payment_id: UUID | None = None) -> Order:
    made = new_order(uuid4(), None)
    made.status, made.payment_id = status, payment_id
    if total is not None:
        made.total, made.shipping_address_id = Decimal(total), uuid4()
    return made


@given(statuses)
def test_a_pending_order_with_details_is_payable_and_no_other(status: OrderStatus) -> None:
    if status is OrderStatus.PENDING:
        assert require_payable(order(status, "12.40")) == Decimal("12.40")
        with pytest.raises(FailedPreconditionError) as refused:
            require_payable(order(status))
        assert refused.value.code == "ORDER_INCOMPLETE"
    else:
        with pytest.raises(FailedPreconditionError) as refused:
            require_payable(order(status, "12.40"))
        assert refused.value.code == "ORDER_NOT_PAYABLE"


@given(statuses, st.sampled_from([None, PAYMENT, uuid4()]))
def test_an_order_waits_for_a_payment_or_is_paid_by_it_or_refuses_its_money(
    status: OrderStatus, opened: UUID | None
) -> None:
    of_payment = order(status, "12.40", opened)
    if status is OrderStatus.PENDING and opened == PAYMENT:
        require_awaited_payment(of_payment, PAYMENT)
        assert not is_paid_by(of_payment, PAYMENT)
        return
    with pytest.raises(FailedPreconditionError) as refused:
        require_awaited_payment(of_payment, PAYMENT)
    assert refused.value.code == "ORDER_NOT_PAYABLE"
    assert is_paid_by(of_payment, PAYMENT) is (opened == PAYMENT and status is not OrderStatus.CANCELLED)


@given(st.integers(1, 100_000), st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_the_shares_of_an_amount_add_up_exactly(cents: int, weights: list[int]) -> None:
    amount = Decimal(cents) / 100
    shares = spread(amount, [Decimal(weight) for weight in weights], "EUR")
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - amount * weight / sum(weights)) < Decimal("0.01")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(1, 5_000))
def test_pieces_given_back_one_by_one_are_worth_their_line(parts: list[int], cents: int) -> None:
    of_line = order(OrderStatus.PAID, "50.00")
    item = Item(uuid4(), sum(parts))
    (line,) = new_lines(of_line, {item.product_id: item})
    line.line_total, line.discount_total = Decimal(cents) / 100, Decimal(0)
    refunds: list[Refund] = []
    for part in parts:
        (amount,) = amounts_of_pieces(of_line, [line], {item.product_id: part}, refunds).values()
        described = describe_pieces({item.product_id: part}, {item.product_id: amount})
        refunds.append(new_refund(of_line, amount, described, [], actor="a", reason="r"))
    assert sum(refund.amount for refund in refunds) == line.line_total
    with pytest.raises(InvalidArgumentError):
        amounts_of_pieces(of_line, [line], {item.product_id: 1}, refunds)
