"""Refusals of the service by the constraint of the database that decides them."""

from bunmart_chassis.storage import in_use, taken

DRIVER_EXISTS = taken(
    "uq_drivers_user_id",
    code="DRIVER_EXISTS",
    field="user_id",
    message="This account belongs to another driver.",
)
VEHICLE_EXISTS = taken(
    "uq_vehicles_plate", code="VEHICLE_EXISTS", field="plate", message="A vehicle with this plate exists."
)
TRACKING_NUMBER_TAKEN = taken(
    "uq_shipments_tracking_number",
    code="TRACKING_NUMBER_TAKEN",
    field="tracking_number",
    message="Another shipment has that tracking number.",
)
DRIVER_IN_USE = in_use(
    "fk_shipments_driver_id_drivers",
    code="DRIVER_IN_USE",
    message="This driver has shipments; make the driver inactive instead.",
)
VEHICLE_IN_USE = in_use(
    "fk_shipments_vehicle_id_vehicles",
    code="VEHICLE_IN_USE",
    message="This vehicle has shipments; set it inactive instead.",
)
