"""The cart service as a process: ``python -m bunmart_cart``."""

import functools

from bunmart.cart.v1 import cart_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_cart import jobs as cart_jobs
from bunmart_cart.clients import Clients
from bunmart_cart.rest import CartController
from bunmart_cart.rpc import SERVICE, CartServicer
from bunmart_cart.service import Carts
from bunmart_cart.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="cart")
    peers = Peers(settings.peer_target)
    clients = Clients(peers)
    carts = Carts(database, clients, settings)
    jobs = Jobs()
    cart_jobs.register(jobs, carts, clients)
    servicer = CartServicer(carts)
    return Service(
        name="cart",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_cart", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[CartController],
            servicers=[
                (SERVICE, functools.partial(cart_pb2_grpc.add_CartServiceServicer_to_server, servicer))
            ],
            dependencies={"carts": carts},
            jobs=jobs,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("cart", settings, functools.partial(build, settings))
