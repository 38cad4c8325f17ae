"""Use cases of the shipping service. REST, gRPC and jobs call these and nothing else.

Every change of a shipment locks its row (SELECT … FOR UPDATE) in the unit of work that it receives; peers are
called before that.
"""

from bunmart_shipping.service.fleet import Fleet
from bunmart_shipping.service.images import Images
from bunmart_shipping.service.lookup import Lookup
from bunmart_shipping.service.reports import Reports
from bunmart_shipping.service.requests import Requests
from bunmart_shipping.service.shipments import Shipments


class Shipping(Lookup, Requests, Shipments, Reports, Images):
    """All use cases of a shipment."""


__all__ = ["Fleet", "Shipping"]
