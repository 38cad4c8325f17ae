"""Use cases of the pricing service. REST and gRPC call these and nothing else."""

from bunmart_pricing.service.calculating import Calculating
from bunmart_pricing.service.managing import Catalogue

__all__ = ["Calculating", "Catalogue"]
