"""Use cases of the cart service. REST, gRPC, jobs and schedules call these and nothing else.

A use case that changes a cart runs in the unit of work of its call, and calls peers before its first
statement. Every change of a cart's items locks the cart's row and counts its version up. The use cases of
schedules open transactions of their own.
"""

from bunmart_cart.service.base import FullCart
from bunmart_cart.service.checkout import Checkout, OrderedCart
from bunmart_cart.service.idle_carts import IdleCarts
from bunmart_cart.service.items import Items
from bunmart_cart.service.lookup import CheckedCart, Lookup
from bunmart_cart.service.open_carts import OpenCarts
from bunmart_cart.service.ordered import Ordered


class Carts(Lookup, OpenCarts, Items, Checkout, Ordered, IdleCarts):
    """All use cases of a cart."""


__all__ = ["Carts", "CheckedCart", "FullCart", "OrderedCart"]
