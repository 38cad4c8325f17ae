"""The order service as a process: ``python -m bunmart_order``."""

import functools

from bunmart.order.v1 import order_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_order import jobs as order_jobs
from bunmart_order.clients import Clients
from bunmart_order.rest import CONTROLLERS
from bunmart_order.rpc import SERVICE, OrderServicer
from bunmart_order.service import Orders
from bunmart_order.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="order")
    peers = Peers(settings.peer_target)
    clients = Clients(peers)
    orders = Orders(database, clients, settings)
    jobs = Jobs()
    order_jobs.register(jobs, orders, clients)
    servicer = OrderServicer(orders)
    return Service(
        name="order",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_order", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=CONTROLLERS,
            servicers=[
                (SERVICE, functools.partial(order_pb2_grpc.add_OrderServiceServicer_to_server, servicer))
            ],
            dependencies={"orders": orders},
            jobs=jobs,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("order", settings, functools.partial(build, settings))
