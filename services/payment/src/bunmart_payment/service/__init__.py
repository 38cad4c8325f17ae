"""Use cases of the payment service. REST, gRPC and jobs call these and nothing else.

Every change locks the payment's row (SELECT … FOR UPDATE) in one transaction; Stripe and peers are called
outside of it.
"""

from bunmart_payment.service.opening import NewPayment, Opening
from bunmart_payment.service.reading import Reading
from bunmart_payment.service.refunding import Refunding
from bunmart_payment.service.settling import Settling


class Payments(Reading, Opening, Settling, Refunding):
    """All use cases of a payment."""


__all__ = ["NewPayment", "Payments"]
