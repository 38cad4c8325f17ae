"""Use cases of the order service. REST, gRPC and jobs call these and nothing else.

A use case that changes an order runs in the unit of work of its call: it calls peers before its first
statement, then it locks the order's row (SELECT … FOR UPDATE), decides and writes. The use cases of jobs open
a transaction of their own.
"""

from bunmart_order.service.base import FullOrder
from bunmart_order.service.details import Details
from bunmart_order.service.fulfilment import Fulfilment
from bunmart_order.service.intents import Intents
from bunmart_order.service.lookup import Lookup
from bunmart_order.service.payments import PaymentRequest, Payments
from bunmart_order.service.states import States


class Orders(Lookup, Intents, Details, Payments, Fulfilment, States):
    """All use cases of an order."""


__all__ = ["FullOrder", "Orders", "PaymentRequest"]
