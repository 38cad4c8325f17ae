"""The review service as a process: ``python -m bunmart_review``."""

import functools

from bunmart.review.v1.review_pb2_grpc import add_ReviewServiceServicer_to_server
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_review import jobs as review_jobs
from bunmart_review.clients import Clients
from bunmart_review.rest import ModerationLogController, ReviewController
from bunmart_review.rpc import SERVICE, ReviewServicer
from bunmart_review.service import Reviews
from bunmart_review.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="review")
    peers = Peers(settings.peer_target)
    clients = Clients(peers)
    reviews = Reviews(database, clients, settings)
    jobs = Jobs()
    review_jobs.register(jobs, clients)
    servicer = ReviewServicer(reviews)
    return Service(
        name="review",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_review", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[ReviewController, ModerationLogController],
            servicers=[(SERVICE, functools.partial(add_ReviewServiceServicer_to_server, servicer))],
            dependencies={"reviews": reviews},
            jobs=jobs,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("review", settings, functools.partial(build, settings))
