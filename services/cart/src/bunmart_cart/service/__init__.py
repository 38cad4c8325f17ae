"""Use cases of the cart service. REST, gRPC, jobs and schedules call these and nothing else.

Every change of a cart's items locks the cart's row and counts its version up, in one transaction; peers are
called before it.
"""

from bunmart_cart.service.base import FullCart
from bunmart_cart.service.editing import Editing
from bunmart_cart.service.filling import Filling
from bunmart_cart.service.forgetting import Forgetting
from bunmart_cart.service.ordering import Checkout, Ordering, Verdict


class Carts(Filling, Editing, Ordering, Forgetting):
    """All use cases of a cart."""


__all__ = ["Carts", "Checkout", "FullCart", "Verdict"]
