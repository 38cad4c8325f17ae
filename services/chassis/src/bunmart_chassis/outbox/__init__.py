"""The outbox: jobs that are written in the transaction of the change which causes them (pgqueuer).

``bunmart_chassis.jobs`` runs them after the commit.
"""

from bunmart_chassis.outbox.enqueue import JobPayload, PendingJob, enqueue_all, pending_job

__all__ = ["JobPayload", "PendingJob", "enqueue_all", "pending_job"]
