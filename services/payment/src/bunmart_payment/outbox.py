"""The work of the payment service after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class NotifyOrder(JobPayload, frozen=True):
    """Tell the order the state of its payment; a success that the order refuses is refunded.

    With REFUNDED it is told how much has been given back of the payment, also where that is not all, and how
    its refunds are.

    Attributes:
        attention: What an admin must see to, instead of a state.
    """

    order_id: UUID
    payment_id: UUID
    status: str
    attention: str = ""


class SendReceipt(JobPayload, frozen=True):
    """Tell the customer about a payment.

    Attributes:
        amount: Decimal string in major units of ``currency_code``.
        key: Names the message, so that the customer gets it once.
        order_name: As the customer reads it; empty in jobs of a release before.
    """

    payment_id: UUID
    order_id: UUID
    user_id: UUID
    template: str
    amount: str
    currency_code: str
    key: str
    order_name: str = ""


class ExpirePayment(JobPayload, frozen=True):
    """Close a payment whose lifetime is over."""

    payment_id: UUID


class CancelIntent(JobPayload, frozen=True):
    """Cancel the payment intent of a payment that failed, so that it cannot be paid any more."""

    payment_id: UUID


class CheckIntent(JobPayload, frozen=True):
    """Ask Stripe about a payment whose webhook never came."""

    payment_id: UUID


class CheckRefunds(JobPayload, frozen=True):
    """Ask Stripe which refunds of a payment there are, those that were made by hand among them."""

    payment_id: UUID
    intent_id: str


class MakeRefund(JobPayload, frozen=True):
    """Carry out a refund at Stripe, or read its status there."""

    refund_id: UUID
