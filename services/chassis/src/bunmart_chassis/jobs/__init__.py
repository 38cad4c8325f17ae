"""The jobs of the outbox and the schedules: their handlers, the worker that runs them, their retries.

A job that cannot succeed is held until an admin puts it back.
"""

from bunmart_chassis.jobs.depth import measure_outbox
from bunmart_chassis.jobs.handlers import Jobs
from bunmart_chassis.jobs.held_jobs import held_jobs_controller
from bunmart_chassis.jobs.worker import Worker

__all__ = ["Jobs", "Worker", "held_jobs_controller", "measure_outbox"]
