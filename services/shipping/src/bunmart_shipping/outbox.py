"""The jobs of the shipping service after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class ReportToOrder(JobPayload, frozen=True):
    """Tell the order service the states of the order that it does not know yet."""

    shipment_id: UUID


class TellCustomer(JobPayload, frozen=True):
    """Send the customer a message about the parcel, as it was when the message became due."""

    shipment_id: UUID
    user_id: UUID
    template: str
    data: dict[str, str]


class RememberRecipient(JobPayload, frozen=True):
    """Ask the user service for the recipient's contact, which it could not give at once."""

    shipment_id: UUID
    user_id: UUID
