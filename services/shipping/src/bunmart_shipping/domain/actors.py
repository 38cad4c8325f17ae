"""The rules who may read, submit and move a shipment."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import PermissionDeniedError

from bunmart_shipping.domain.shipments import Shipment, ShipmentStatus

BY_DRIVER = frozenset({ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED, ShipmentStatus.FAILED})
"""States that a driver may set on the driver's own shipments."""


class Actor(NamedTuple):
    """The one who acts: an admin (or a service), the driver of an account, or a customer.

    Attributes:
        name: ``user:<id>`` or the calling service, for the history.
        is_admin: True for an admin or a service, who may do everything.
        user_id: The account, if a person acts.
        driver_id: The active driver behind the account, if any.
        delivered_since: A driver sees no person to whom the parcel was delivered before this time.
    """

    name: str
    is_admin: bool = False
    user_id: UUID | None = None
    driver_id: UUID | None = None
    delivered_since: datetime | None = None

    def owns(self, shipment: Shipment) -> bool:
        """Return True for the driver of the shipment."""
        return self.driver_id is not None and shipment.driver_id == self.driver_id

    def carries(self, shipment: Shipment) -> bool:
        """Return True for the driver who has the parcel, or has delivered it not long ago."""
        if not (self.owns(shipment) and shipment.in_hands):
            return False
        delivered, since = shipment.delivered_at, self.delivered_since
        return delivered is None or since is None or delivered >= since

    def sees_person(self, shipment: Shipment) -> bool:
        """Return True for admins, the customer, and the driver who has the parcel.

        To others a shipment that waits shows no more than where it goes.
        """
        return self.is_admin or self.user_id == shipment.user_id or self.carries(shipment)

    def sees_notes(self, shipment: Shipment) -> bool:
        """Return True for admins and the driver who has the parcel: the staff's notes are for them."""
        return self.is_admin or self.carries(shipment)

    def require_may_read(self, shipment: Shipment) -> None:
        """Refuse reading to all but admins, the customer and the shipment's driver.

        Every driver may also read a shipment that waits for one.

        Raises:
            PermissionDeniedError: The actor is none of these.
        """
        waiting = self.driver_id is not None and shipment.status is ShipmentStatus.PENDING
        if not (self.is_admin or self.owns(shipment) or waiting or self.user_id == shipment.user_id):
            raise PermissionDeniedError("This shipment belongs to somebody else.")

    def require_may_see_pictures(self, shipment: Shipment) -> None:
        """Refuse the pictures of a delivery to all but those who see the person.

        Raises:
            PermissionDeniedError: The actor is none of these.
        """
        if not self.sees_person(shipment):
            raise PermissionDeniedError("This shipment belongs to somebody else.")

    def require_may_picture(self, shipment: Shipment) -> None:
        """Refuse adding a picture to all but admins and the shipment's driver.

        Raises:
            PermissionDeniedError: The actor is none of these.
        """
        if not (self.is_admin or self.owns(shipment)):
            raise PermissionDeniedError("Only an admin or the driver of this shipment can do this.")

    def require_may_submit(self, shipment: Shipment, driver_id: UUID | None) -> None:
        """Refuse submitting details to all but admins and a driver who takes on a shipment that waits.

        One that another driver or a carrier has is only given to him by an admin.

        Raises:
            PermissionDeniedError: The actor is none of these.
        """
        free = shipment.status is ShipmentStatus.PENDING or self.owns(shipment)
        if not (self.is_admin or (self.driver_id is not None and driver_id == self.driver_id and free)):
            raise PermissionDeniedError("A driver can only take on a shipment himself.")

    def require_may_move(self, shipment: Shipment, target: ShipmentStatus) -> None:
        """Refuse a move to all but admins and, for the states of a delivery, the shipment's driver.

        Raises:
            PermissionDeniedError: The actor is none of these.
        """
        if not (self.is_admin or (self.owns(shipment) and target in BY_DRIVER)):
            raise PermissionDeniedError("Only an admin or the driver of this shipment can do this.")
