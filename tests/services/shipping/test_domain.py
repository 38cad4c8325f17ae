"""The states of a shipment, and the reports of them to the order service."""

import re
from datetime import UTC, datetime
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
    Recipient,
    Shipment,
    ShipmentStatus,
    move,
    new_shipment,
    new_tracking_number,
    submit,
    unreported,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DRIVER, VEHICLE = uuid4(), uuid4()
STATUS = st.sampled_from(ShipmentStatus)


def shipment(status: ShipmentStatus = ShipmentStatus.PENDING, **changes: Any) -> Shipment:
    made = new_shipment(
        uuid4(), user_id=uuid4(), shipping_address_id=uuid4(), product_ids=[], carrier="", now=NOW
    )
    return msgspec.structs.replace(made, status=status, **changes)


@given(STATUS, STATUS)
def test_a_shipment_moves_only_along_the_table(current: ShipmentStatus, target: ShipmentStatus) -> None:
    before = shipment(current, driver_id=DRIVER, vehicle_id=VEHICLE)
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
        except FailedPreconditionError:
            assert target not in TRANSITIONS[now.status]
        assert (now.delivered_at is not None) == (now.status is ShipmentStatus.DELIVERED)


@given(st.lists(STATUS, max_size=30), st.lists(st.booleans(), max_size=30))
def test_the_order_hears_shipping_before_shipped_and_each_once(
    targets: list[ShipmentStatus], answers: list[bool]
) -> None:
    now, told = submit(shipment(), Details(DRIVER, VEHICLE), None), []
    confirmed: OrderStatus | None = None
    for target, answered in zip(targets, answers, strict=False):
        try:
            now = move(now, target, NOW)
        except FailedPreconditionError:
            continue
        for due in unreported(now.status, confirmed):
            if not answered:
                break
            told.append(due)
            confirmed = due
    assert told == list(OrderStatus)[: len(told)]
    if now.status is ShipmentStatus.DELIVERED:
        assert (told + unreported(now.status, confirmed)) == list(OrderStatus)


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
