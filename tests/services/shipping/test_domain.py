"""The states of a shipment, and the reports of them to the order service."""

import contextlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from bunmart_chassis.errors import FailedPreconditionError, PermissionDeniedError
from bunmart_shipping.domain import (
    TRANSITIONS,
    Actor,
    Details,
    OrderStatus,
    Parcel,
    Recipient,
    Shipment,
    ShipmentStatus,
    acknowledge,
    begin,
    cancel_for_order,
    may_report,
    move,
    new_shipment,
    new_tracking_number,
    next_report,
    submit,
)
from hypothesis import example, given
from hypothesis import strategies as st

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DRIVER, VEHICLE = uuid4(), uuid4()
STATUS = st.sampled_from(ShipmentStatus)


def shipment(status: ShipmentStatus = ShipmentStatus.PENDING, **changes: Any) -> Shipment:
    made = new_shipment(uuid4(), Parcel(uuid4(), uuid4()), NOW)
    return msgspec.structs.replace(made, status=status, **changes)


@given(STATUS, STATUS)
def test_a_shipment_moves_only_along_the_table(current: ShipmentStatus, target: ShipmentStatus) -> None:
    before = shipment(current, driver_id=DRIVER, vehicle_id=VEHICLE, tracking_number="BM")
    if current is target:
        assert move(before, target, NOW) == before
    elif target in TRANSITIONS[current]:
        assert move(before, target, NOW).status is target
    else:
        with pytest.raises(FailedPreconditionError) as refused:
            move(before, target, NOW)
        allowed = refused.value.metadata["allowed"]
        assert allowed == (", ".join(sorted(TRANSITIONS[current])) or "none")


@given(st.lists(STATUS, max_size=30))
def test_whatever_is_asked_only_a_delivered_shipment_has_a_time_of_delivery(
    targets: list[ShipmentStatus],
) -> None:
    now = submit(shipment(), Details(DRIVER, VEHICLE), None)
    for target in targets:
        try:
            now = move(now, target, NOW)
            if target is ShipmentStatus.PENDING:
                # It starts again without the details of the attempt before.
                now = submit(now, Details(DRIVER, VEHICLE), None)
        except FailedPreconditionError:
            assert target not in TRANSITIONS[now.status]
        assert (now.delivered_at is not None) == (now.status is ShipmentStatus.DELIVERED)


FOLLOWS = {
    OrderStatus.PACKED: {OrderStatus.SHIPPING},
    OrderStatus.SHIPPING: {OrderStatus.PACKED, OrderStatus.SHIPPED},
    OrderStatus.SHIPPED: set[OrderStatus](),
}


_S = ShipmentStatus


@given(st.lists(st.tuples(STATUS, st.sampled_from(["acknowledged", "lost", "not heard"])), max_size=40))
@example([(_S.CANCELLED, "acknowledged"), (_S.PENDING, "lost"), (_S.CANCELLED, "not heard")])
def test_whatever_is_lost_the_order_hears_each_state_in_its_sequence_and_ends_as_its_shipment(
    steps: list[tuple[ShipmentStatus, str]],
) -> None:
    now, order = submit(shipment(), Details(DRIVER, VEHICLE), None), OrderStatus.PACKED

    def report(outcome: str) -> bool:
        nonlocal now, order
        due = next_report(now)
        if due is None:
            return False
        now = begin(now, due)
        if outcome != "not heard":
            passed = due is OrderStatus.SHIPPING and order is OrderStatus.SHIPPED
            assert passed or due is order or due in FOLLOWS[order]
            order = order if passed else due
        if outcome == "acknowledged":
            now = acknowledge(now, due)
        return True

    for target, outcome in steps:
        with contextlib.suppress(FailedPreconditionError):
            now = move(now, target, NOW)
            if target is ShipmentStatus.PENDING:
                now = submit(now, Details(DRIVER, VEHICLE), None)
        report(outcome)
    while report("acknowledged"):
        pass
    back = now.status in (ShipmentStatus.PENDING, ShipmentStatus.CANCELLED)
    delivered = now.status is ShipmentStatus.DELIVERED
    assert order is (
        OrderStatus.PACKED if back else OrderStatus.SHIPPED if delivered else OrderStatus.SHIPPING
    )


@given(STATUS, st.sampled_from([None, *OrderStatus]))
def test_a_cancelled_order_and_one_that_is_none_hear_nothing(
    status: ShipmentStatus, told: OrderStatus | None
) -> None:
    assert next_report(shipment(status, order_cancelled=True, order_status_told=told)) is None
    assert next_report(shipment(status, order_id=None, order_status_told=told)) is None


@given(STATUS)
def test_a_cancelled_order_stops_all_that_is_not_on_the_road(status: ShipmentStatus) -> None:
    after = cancel_for_order(shipment(status, driver_id=DRIVER, vehicle_id=VEHICLE, tracking_number="BM"))
    on_road = status in (ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED)
    assert after.status is (status if on_road else ShipmentStatus.CANCELLED)
    assert cancel_for_order(after) == after
    for target in (ShipmentStatus.PENDING, ShipmentStatus.ASSIGNED, ShipmentStatus.OUT_FOR_DELIVERY):
        if target is not after.status:
            with pytest.raises(FailedPreconditionError):
                move(after, target, NOW)


def test_one_job_reports_at_a_time_and_goes_on_after_its_worker_ended() -> None:
    free = shipment()
    taken = shipment(report_owner="a", report_started_at=NOW)
    assert may_report(free, "a", NOW)
    assert may_report(taken, "a", NOW)
    assert not may_report(taken, "b", NOW + timedelta(minutes=4))
    assert may_report(taken, "b", NOW + timedelta(minutes=6))


def test_a_shipment_without_driver_is_not_assigned() -> None:
    with pytest.raises(FailedPreconditionError) as refused:
        move(shipment(), ShipmentStatus.ASSIGNED, NOW)
    assert refused.value.code == "SHIPMENT_DETAILS_MISSING"


def test_submitting_the_same_again_changes_nothing() -> None:
    details = Details(DRIVER, VEHICLE, carrier="BunExpress", notes="ring")
    once = submit(shipment(), details, Recipient("Ada", ""))
    assert submit(once, details, Recipient("Eve", "")) == once
    assert submit(once, Details(DRIVER, VEHICLE), None) == once


@given(st.sampled_from([ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED, ShipmentStatus.CANCELLED]))
def test_details_of_a_shipment_on_the_road_stay(status: ShipmentStatus) -> None:
    assigned = submit(shipment(), Details(DRIVER, VEHICLE), Recipient("Ada", ""))
    moved = msgspec.structs.replace(assigned, status=status)
    assert submit(moved, Details(DRIVER, VEHICLE), None) == moved
    with pytest.raises(FailedPreconditionError):
        submit(moved, Details(DRIVER, VEHICLE, notes="new"), None)


def test_a_failed_delivery_can_be_assigned_anew() -> None:
    failed = shipment(ShipmentStatus.FAILED, driver_id=uuid4(), vehicle_id=VEHICLE)
    again = submit(failed, Details(DRIVER, VEHICLE), None)
    assert (again.status, again.driver_id) == (ShipmentStatus.ASSIGNED, DRIVER)


def test_tracking_numbers_differ() -> None:
    numbers = {new_tracking_number() for _ in range(200)}
    assert len(numbers) == 200
    assert all(re.fullmatch("BM[A-Z2-7]{10}", number) for number in numbers)


@given(STATUS, STATUS, st.sampled_from([None, DRIVER, VEHICLE]))
def test_only_the_own_driver_moves_a_shipment(
    status: ShipmentStatus, target: ShipmentStatus, driver_id: UUID | None
) -> None:
    actor = Actor("user:x", False, uuid4(), driver_id)
    made = shipment(status, driver_id=DRIVER)
    may = driver_id == DRIVER and target.value in {"OUT_FOR_DELIVERY", "DELIVERED", "FAILED"}
    if may:
        actor.require_may_move(made, target)
    else:
        with pytest.raises(PermissionDeniedError):
            actor.require_may_move(made, target)


def test_nobody_without_an_account_is_the_customer() -> None:
    with pytest.raises(PermissionDeniedError):
        Actor("somebody").require_may_read(shipment())
