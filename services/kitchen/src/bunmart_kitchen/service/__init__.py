"""Use cases of the kitchen service. REST, gRPC and jobs call these and nothing else.

Every change locks the production order's row (SELECT … FOR UPDATE) in its one transaction.
"""

from bunmart_kitchen.service.base import FullProductionOrder, ImageRef
from bunmart_kitchen.service.images import Images
from bunmart_kitchen.service.producing import Producing
from bunmart_kitchen.service.reading import Reading


class Production(Reading, Producing, Images):
    """All use cases of a production order."""


__all__ = ["FullProductionOrder", "ImageRef", "Production"]
