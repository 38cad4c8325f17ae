"""REST of the shipping service (brief, "Basic REST Endpoints")."""

from bunmart_shipping.rest.fleet import DriverController, VehicleController
from bunmart_shipping.rest.requests import ShippingRequestController
from bunmart_shipping.rest.shipments import ShipmentController

CONTROLLERS = [ShipmentController, ShippingRequestController, DriverController, VehicleController]
