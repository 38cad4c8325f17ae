"""Use cases of the order service. REST, gRPC and jobs call these and nothing else.

Every change locks the order's row (SELECT … FOR UPDATE) in its one transaction; peers are called before it.
"""

from bunmart_order.service.base import FullOrder
from bunmart_order.service.fulfilling import Fulfilling
from bunmart_order.service.paying import Paying, PaymentRequest
from bunmart_order.service.placing import Placing
from bunmart_order.service.reading import Reading


class Orders(Reading, Placing, Paying, Fulfilling):
    """All use cases of an order."""


__all__ = ["FullOrder", "Orders", "PaymentRequest"]
