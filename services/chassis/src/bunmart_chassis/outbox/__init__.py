"""The outbox: jobs that are written in the transaction of the change which causes them (pgqueuer).

``bunmart_chassis.jobs`` runs them after the commit.
"""

from bunmart_chassis.outbox.enqueue import JobPayload

__all__ = ["JobPayload"]
