"""REST of the shipping service: shipments with their pictures, shipping requests, drivers and vehicles."""

from bunmart_shipping.rest.fleet import DriverController, VehicleController
from bunmart_shipping.rest.images import ImageController
from bunmart_shipping.rest.requests import ShippingRequestController
from bunmart_shipping.rest.shipments import ShipmentController

CONTROLLERS = [
    ShipmentController,
    ImageController,
    ShippingRequestController,
    DriverController,
    VehicleController,
]
