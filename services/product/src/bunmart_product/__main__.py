"""The product service as a process: ``python -m bunmart_product``."""

import functools

from bunmart.product.v1.product_pb2_grpc import add_ProductCatalogServiceServicer_to_server
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_product.clients import Clients
from bunmart_product.rest import CONTROLLERS
from bunmart_product.rpc import SERVICE, ProductCatalogServicer
from bunmart_product.service import Catalogue
from bunmart_product.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="product")
    peers = Peers(settings.peer_target)
    catalogue = Catalogue(database, Clients(peers), settings)
    servicer = ProductCatalogServicer(catalogue)
    return Service(
        name="product",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_product", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=CONTROLLERS,
            servicers=[
                (SERVICE, functools.partial(add_ProductCatalogServiceServicer_to_server, servicer)),
            ],
            dependencies={"catalogue": catalogue},
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("product", settings, functools.partial(build, settings))
