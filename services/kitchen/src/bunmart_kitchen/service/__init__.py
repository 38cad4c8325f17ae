"""Use cases of the kitchen service. REST, gRPC and jobs call these and nothing else.

Every change locks the production order's row (SELECT … FOR UPDATE) in the unit of work that it receives.
"""

from bunmart_kitchen.service.base import FullProductionOrder, ImageRef
from bunmart_kitchen.service.images import Images
from bunmart_kitchen.service.lookup import Lookup
from bunmart_kitchen.service.production_orders import ProductionOrders


class Production(Lookup, ProductionOrders, Images):
    """All use cases of a production order."""


__all__ = ["FullProductionOrder", "ImageRef", "Production"]
