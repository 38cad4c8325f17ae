"""Use cases of the pricing service. REST and gRPC call these and nothing else."""

from bunmart_pricing.service.entities import Entities
from bunmart_pricing.service.lookup import Customer, Lookup
from bunmart_pricing.service.quotes import OrderToPrice, ProductDiscount, Quote, Quotes, merged_items
from bunmart_pricing.service.reservations import Reservations

__all__ = [
    "Customer",
    "Entities",
    "Lookup",
    "OrderToPrice",
    "ProductDiscount",
    "Quote",
    "Quotes",
    "Reservations",
    "merged_items",
]
