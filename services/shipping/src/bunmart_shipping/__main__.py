"""The shipping service as a process: ``python -m bunmart_shipping``."""

import functools

from bunmart.shipping.v1 import shipping_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_shipping import jobs as shipping_jobs
from bunmart_shipping.clients import Clients
from bunmart_shipping.rest import CONTROLLERS
from bunmart_shipping.rpc import SERVICE, ShippingServicer
from bunmart_shipping.service import Fleet, Shipping
from bunmart_shipping.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="shipping")
    peers = Peers(settings.peer_target)
    clients = Clients(peers)
    shipping = Shipping(database, clients, settings)
    jobs = Jobs()
    shipping_jobs.register(jobs, shipping, clients)
    servicer = ShippingServicer(shipping)
    return Service(
        name="shipping",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_shipping", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=CONTROLLERS,
            servicers=[
                (
                    SERVICE,
                    functools.partial(shipping_pb2_grpc.add_ShippingServiceServicer_to_server, servicer),
                )
            ],
            dependencies={"shipping": shipping, "fleet": Fleet(database, clients)},
            jobs=jobs,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("shipping", settings, functools.partial(build, settings))
