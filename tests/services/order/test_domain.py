"""Rules of an order, for every sequence of events that hypothesis can think of."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from bunmart_chassis.errors import FailedPreconditionError
from bunmart_order.domain import (
    JOURNEY,
    TRANSITIONS,
    Order,
    OrderStatus,
    has_passed,
    is_paid_by,
    merge_items,
    new_order,
    require_awaited_payment,
    require_payable,
    require_transition,
    shipping_total,
)
from hypothesis import given
from hypothesis import strategies as st

statuses = st.sampled_from(OrderStatus)


@given(st.lists(statuses, max_size=30))
def test_an_order_never_goes_back_and_never_skips_a_state(wanted: list[OrderStatus]) -> None:
    current, seen = OrderStatus.PENDING, [OrderStatus.PENDING]
    for target in wanted:
        try:
            moved = require_transition(current, target)
        except FailedPreconditionError:
            continue
        assert moved is (target is not current)
        if moved:
            current = target
            seen.append(target)
    reached = [status for status in seen if status is not OrderStatus.CANCELLED]
    assert tuple(reached) == JOURNEY[: len(reached)]


@given(statuses)
def test_a_repeated_transition_changes_nothing(status: OrderStatus) -> None:
    assert require_transition(status, status) is False


@given(statuses, statuses)
def test_a_refusal_names_what_is_allowed(current: OrderStatus, target: OrderStatus) -> None:
    if target is current or target in TRANSITIONS[current]:
        return
    with pytest.raises(FailedPreconditionError) as refused:
        require_transition(current, target)
    allowed = ", ".join(sorted(TRANSITIONS[current])) or "none"
    assert refused.value.metadata == {"status": current, "allowed": allowed}


@given(statuses, statuses)
def test_only_the_journey_can_be_passed(current: OrderStatus, target: OrderStatus) -> None:
    if has_passed(current, target):
        assert JOURNEY.index(current) > JOURNEY.index(target)
    assert not has_passed(target, target)


@given(st.lists(st.tuples(st.uuids(), st.integers(1, 1000)), max_size=20))
def test_merging_loses_no_piece(items: list[tuple[UUID, int]]) -> None:
    merged = merge_items(items * 2)
    assert sum(merged.values()) == 2 * sum(quantity for _, quantity in items)
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


def test_delivery_is_free_from_the_limit_on() -> None:
    fee, limit = Decimal("4.90"), Decimal("30.00")
    assert shipping_total(Decimal("29.99"), fee=fee, free_from=limit) == fee
    assert shipping_total(Decimal("30.00"), fee=fee, free_from=limit) == 0
