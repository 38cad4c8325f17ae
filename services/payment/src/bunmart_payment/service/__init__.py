"""Use cases of the payment service. REST, gRPC and jobs call these and nothing else.

Every change locks the payment's row (SELECT … FOR UPDATE) in one transaction; Stripe and peers are called
while no transaction is open.
"""

from bunmart_payment.service.archive import Archive
from bunmart_payment.service.intents import Intents
from bunmart_payment.service.lookup import Lookup
from bunmart_payment.service.order_payments import OrderPayments
from bunmart_payment.service.reconciliation import Reconciliation
from bunmart_payment.service.refunds import Refunds
from bunmart_payment.service.webhooks import Webhooks


class Payments(Lookup, OrderPayments, Intents, Webhooks, Reconciliation, Refunds, Archive):
    """All use cases of a payment."""


__all__ = ["Payments"]
