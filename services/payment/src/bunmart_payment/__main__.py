"""The payment service as a process: ``python -m bunmart_payment``."""

from functools import partial

from bunmart.payment.v1 import payment_pb2_grpc
from bunmart_chassis.jobs import Jobs
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_payment import jobs as payment_jobs
from bunmart_payment.clients import Clients
from bunmart_payment.rest import PaymentController, WebhookController
from bunmart_payment.rpc import SERVICE, PaymentServicer
from bunmart_payment.schemas import PaymentConfig
from bunmart_payment.service import Payments
from bunmart_payment.settings import Settings
from bunmart_payment.stripe_api import StripeApi


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="payment")
    peers = Peers(settings.peer_target)
    stripe = StripeApi(settings)
    payments = Payments(database, stripe, settings)
    jobs = Jobs()
    payment_jobs.register(jobs, payments, Clients(peers))
    servicer = PaymentServicer(payments)
    config = PaymentConfig(
        publishable_key=settings.stripe_publishable_key, provider_url=settings.stripe_public_url or stripe.url
    )
    return Service(
        name="payment",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_payment", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[PaymentController, WebhookController],
            servicers=[(SERVICE, partial(payment_pb2_grpc.add_PaymentServiceServicer_to_server, servicer))],
            dependencies={"payments": payments, "payment_config": config},
            jobs=jobs,
            on_stop=stripe.close,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("payment", settings, partial(build, settings))
