"""The jobs of the kitchen service after a commit. The class names are the names of the jobs."""

from uuid import UUID

from bunmart_chassis.outbox import JobPayload


class NotifyOrderPrepared(JobPayload, frozen=True):
    """Tell the order service that the kitchen is done."""

    production_order_id: UUID
    user_order_id: UUID


class AlertCompletion(JobPayload, frozen=True):
    """Tell a member of staff in the app that a production is completed."""

    production_order_id: UUID
    user_order_id: UUID | None
    user_id: UUID
