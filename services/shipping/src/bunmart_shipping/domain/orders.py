"""The rules that a shipment follows because of its order, or because it has none."""

from uuid import UUID

import msgspec
from bunmart_chassis.errors import AlreadyExistsError, FailedPreconditionError, InvalidArgumentError

from bunmart_shipping.domain.parcels import Parcel
from bunmart_shipping.domain.shipments import Shipment, ShipmentStatus, is_ended, order_cancelled

_ON_ROAD = frozenset({ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED})


def cancel_for_order(shipment: Shipment) -> Shipment:
    """Return the shipment after its order was cancelled: CANCELLED for good, unless it is on the road.

    A parcel on the road can still be delivered or fail, but goes out no second time.
    """
    on_road = shipment.status in _ON_ROAD
    return msgspec.structs.replace(
        shipment, order_cancelled=True, status=shipment.status if on_road else ShipmentStatus.CANCELLED
    )


def stop_for_order(shipment: Shipment) -> Shipment:
    """Return the shipment after order has asked to stop it: CANCELLED, unless it is on the road.

    The order is not cancelled: it hears how the delivery ends, and may ask for another one.
    """
    on_road = shipment.status in _ON_ROAD
    return msgspec.structs.replace(
        shipment, stop_asked=True, status=shipment.status if on_road else ShipmentStatus.CANCELLED
    )


def give_up(shipment: Shipment) -> Shipment:
    """Return the shipment after a delivery that failed: given up when it goes out no second time."""
    if shipment.status is ShipmentStatus.FAILED and is_ended(shipment):
        return msgspec.structs.replace(shipment, status=ShipmentStatus.CANCELLED)
    return shipment


def is_stopped(shipment: Shipment | None) -> bool:
    """Return True when nothing is delivered for the order any more."""
    return shipment is None or shipment.status is ShipmentStatus.CANCELLED


def require_not_cancelled(*, cancelled: bool) -> None:
    """Refuse a shipment for an order that was cancelled.

    Raises:
        FailedPreconditionError: It was (ORDER_CANCELLED).
    """
    if cancelled:
        raise order_cancelled()


def require_given_by_order(shipment: Shipment | None, order_id: UUID, parcel: Parcel) -> Shipment:
    """Refuse to ask by hand for the delivery of an order: the order service alone knows if it is packed.

    Raises:
        FailedPreconditionError: The order service has not asked for it (ORDER_NOT_IN_SHIPPING).
        AlreadyExistsError: It has, for another customer or for other products (SHIPMENT_EXISTS).
    """
    if shipment is None:
        raise FailedPreconditionError(
            f"Order {order_id} was not given to shipping. Ask for its delivery at the order, or leave out "
            "order_id to send a parcel that nobody ordered.",
            code="ORDER_NOT_IN_SHIPPING",
        )
    others = set(parcel.product_ids) != set(shipment.product_ids)
    if parcel.user_id != shipment.user_id or (parcel.product_ids and others):
        raise AlreadyExistsError(
            "This order has a shipment for another customer or with other products.",
            code="SHIPMENT_EXISTS",
            metadata={"shipment_id": str(shipment.id)},
        )
    return shipment


def require_address(parcel: Parcel) -> None:
    """Refuse a parcel that nobody ordered without an address: no order tells the driver where to go.

    Raises:
        InvalidArgumentError: There is none (``address``).
    """
    if parcel.address is None:
        raise InvalidArgumentError.field("address", "is required when there is no order_id")
