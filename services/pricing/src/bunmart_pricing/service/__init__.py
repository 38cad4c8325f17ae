"""Use cases of the pricing service. REST and gRPC call these and nothing else."""

from bunmart_pricing.service.entities import Entities
from bunmart_pricing.service.lookup import Lookup
from bunmart_pricing.service.quotes import Quotes

__all__ = ["Entities", "Lookup", "Quotes"]
