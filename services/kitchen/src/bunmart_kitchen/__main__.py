"""The kitchen service as a process: ``python -m bunmart_kitchen``."""

import functools

from bunmart.kitchen.v1 import kitchen_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_kitchen import jobs as kitchen_jobs
from bunmart_kitchen.clients import Clients
from bunmart_kitchen.rest import ImageController, ProductionOrderController
from bunmart_kitchen.rpc import SERVICE, KitchenServicer
from bunmart_kitchen.service import Production
from bunmart_kitchen.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="kitchen")
    peers = Peers(settings.peer_target)
    clients = Clients(peers)
    production = Production(database, settings)
    jobs = Jobs()
    kitchen_jobs.register(jobs, production, clients)
    servicer = KitchenServicer(production)
    return Service(
        name="kitchen",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_kitchen", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[ProductionOrderController, ImageController],
            servicers=[
                (
                    SERVICE,
                    functools.partial(kitchen_pb2_grpc.add_KitchenServiceServicer_to_server, servicer),
                )
            ],
            dependencies={"production": production},
            jobs=jobs,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("kitchen", settings, functools.partial(build, settings))
