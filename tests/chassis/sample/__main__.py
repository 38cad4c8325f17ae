"""Assembles the sample."""

from bunmart.cart.v1 import cart_pb2
from bunmart.cart.v1.cart_pb2_grpc import add_CartServiceServicer_to_server
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from tests.chassis.sample.rest import LineController
from tests.chassis.sample.rpc import SampleServicer
from tests.chassis.sample.service import LineAdded, Sample
from tests.chassis.sample.settings import Settings

PACKAGE = "tests.chassis.sample"
SERVICE = cart_pb2.DESCRIPTOR.services_by_name["CartService"].full_name


def build(settings: Settings) -> Service:
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="sample")
    peers = Peers(settings.peer_target)
    sample = Sample(database, peers)
    jobs = Jobs()
    jobs.on(LineAdded, sample.on_line_added)
    return Service(
        name="sample",
        settings=settings,
        database=database,
        migrations=Migrations(PACKAGE, settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[LineController],
            servicers=[
                (SERVICE, lambda server: add_CartServiceServicer_to_server(SampleServicer(sample), server))
            ],
            dependencies={"sample": sample},
            jobs=jobs,
        ),
    )
