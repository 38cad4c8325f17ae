"""The pricing service as a process: ``python -m bunmart_pricing``."""

from functools import partial

from bunmart.pricing.v1 import pricing_pb2_grpc
from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.migrations import Migrations
from bunmart_chassis.rpc import Peers
from bunmart_chassis.storage import Database

from bunmart_pricing import queries, refusals
from bunmart_pricing.clients import Clients
from bunmart_pricing.domain import Campaign, Coupon, Discount, Price
from bunmart_pricing.rest import (
    CampaignController,
    CouponController,
    DiscountController,
    PriceController,
    QuoteController,
)
from bunmart_pricing.rpc import SERVICE, PricingServicer
from bunmart_pricing.service import Entities, Lookup, Quotes, Reservations
from bunmart_pricing.settings import Settings


def build(settings: Settings) -> Service:
    """Assemble the service."""
    database = Database.create(settings.database_url, max_size=settings.database_pool_size, name="pricing")
    peers = Peers(settings.peer_target)
    terms = settings.terms
    lookup = Lookup(database, terms)
    quotes = Quotes(lookup, Clients(peers), terms)
    servicer = PricingServicer(lookup, quotes, Reservations(lookup, quotes))
    return Service(
        name="pricing",
        settings=settings,
        database=database,
        migrations=Migrations("bunmart_pricing", settings.database_url),
        peers=peers,
        parts=Parts(
            controllers=[
                PriceController,
                CampaignController,
                DiscountController,
                CouponController,
                QuoteController,
            ],
            servicers=[(SERVICE, partial(pricing_pb2_grpc.add_PricingServiceServicer_to_server, servicer))],
            dependencies={
                "terms": terms,
                "lookup": lookup,
                "quotes": quotes,
                "prices": Entities(database, queries.PRICE, Price, "price", refusals.PRICE_EXISTS),
                "campaigns": Entities(database, queries.CAMPAIGN, Campaign, "campaign"),
                "discounts": Entities(
                    database, queries.DISCOUNT, Discount, "discount", refusals.UNKNOWN_CAMPAIGN
                ),
                "coupons": Entities(database, queries.COUPON, Coupon, "coupon", refusals.COUPON_EXISTS),
            },
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("pricing", settings, partial(build, settings))
