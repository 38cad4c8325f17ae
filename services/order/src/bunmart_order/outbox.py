"""The jobs of the order service, which run after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class InvalidateCart(JobPayload, frozen=True):
    """Remove the ordered products from the cart that the order came from."""

    cart_id: UUID
    order_id: UUID
    product_ids: list[UUID]


class RestoreCart(JobPayload, frozen=True):
    """Put the products of an order that ended unpaid back into the cart."""

    order_id: UUID


class AnnounceStatus(JobPayload, frozen=True):
    """Tell the customer about a new state."""

    order_id: UUID
    user_id: UUID
    status: str


class CheckPayment(JobPayload, frozen=True):
    """Ask for the outcome of a payment whose notice never came."""

    order_id: UUID
    payment_id: UUID


class ClosePayments(JobPayload, frozen=True):
    """End all that is open for an order at payment."""

    order_id: UUID


class CarryRefund(JobPayload, frozen=True):
    """Give money back, or ask how far a refund is.

    Attributes:
        order_id: The order.
        refund_id: The refund.
        check: Counts the questions after the first.
    """

    order_id: UUID
    refund_id: UUID
    check: int = 0


class SendCreditNote(JobPayload, frozen=True):
    """Mail the credit note of a refund whose money has gone back."""

    order_id: UUID
    refund_id: UUID


class StopProduction(JobPayload, frozen=True):
    """Tell kitchen that an order is cancelled."""

    order_id: UUID
    reason: str


class StopShipment(JobPayload, frozen=True):
    """Let shipping end the delivery of an order, or ask what became of a parcel that was on the road.

    Attributes:
        order_id: The order.
        reason: Why it is cancelled or given back.
        seen: The status of the shipment at the question before.
        check: Counts the questions after the first.
    """

    order_id: UUID
    reason: str
    seen: str = ""
    check: int = 0


class SettleCoupons(JobPayload, frozen=True):
    """Count the coupons of an order or give them back, as its state says when the job runs."""

    order_id: UUID


class ExpireOrder(JobPayload, frozen=True):
    """Cancel an order that nobody has paid in time."""

    order_id: UUID


class CompleteOrder(JobPayload, frozen=True):
    """Complete a delivered order that nobody completed."""

    order_id: UUID
