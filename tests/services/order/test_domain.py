"""Rules of an order, for every sequence of events that hypothesis can think of."""

from decimal import Decimal
from uuid import UUID

import pytest
from bunmart_chassis.errors import FailedPreconditionError
from bunmart_order.domain import (
    JOURNEY,
    TRANSITIONS,
    OrderStatus,
    has_passed,
    merge_items,
    shipping_total,
    transition,
)
from hypothesis import given
from hypothesis import strategies as st

statuses = st.sampled_from(OrderStatus)


@given(st.lists(statuses, max_size=30))
def test_an_order_never_goes_back_and_never_skips_a_state(wanted: list[OrderStatus]) -> None:
    current, seen = OrderStatus.PENDING, [OrderStatus.PENDING]
    for target in wanted:
        try:
            moved = transition(current, target)
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
    assert transition(status, status) is False


@given(statuses, statuses)
def test_a_refusal_names_what_is_allowed(current: OrderStatus, target: OrderStatus) -> None:
    if target is current or target in TRANSITIONS[current]:
        return
    with pytest.raises(FailedPreconditionError) as refused:
        transition(current, target)
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


def test_delivery_is_free_from_the_limit_on() -> None:
    fee, limit = Decimal("4.90"), Decimal("30.00")
    assert shipping_total(Decimal("29.99"), fee=fee, free_from=limit) == fee
    assert shipping_total(Decimal("30.00"), fee=fee, free_from=limit) == 0
