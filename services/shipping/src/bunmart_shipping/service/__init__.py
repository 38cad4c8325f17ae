"""Use cases of the shipping service. REST, gRPC and jobs call these and nothing else.

Every change locks the shipment's row (SELECT … FOR UPDATE) in its one transaction; peers are called before.
"""

from bunmart_shipping.service.delivering import Delivering
from bunmart_shipping.service.fleet import Fleet
from bunmart_shipping.service.reading import Reading
from bunmart_shipping.service.requesting import Requesting


class Shipping(Reading, Requesting, Delivering):
    """All use cases of a shipment."""


__all__ = ["Fleet", "Shipping"]
