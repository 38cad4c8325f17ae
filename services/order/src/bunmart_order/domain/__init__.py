"""The rules of an order, without I/O.

- ``payable``: what makes an order payable, and which payment pays it.
- ``states``: the states of an order and the transitions between them.
- ``intent``: which products and how many pieces become an order, and the first state of its rows.
- ``records``: the structs that rows are read into.
"""

from bunmart_order.domain.intent import (
    DEFAULT_CURRENCY,
    merge_items,
    new_event,
    new_lines,
    new_order,
    require_quantities,
)
from bunmart_order.domain.payable import (
    is_paid_by,
    require_awaited_payment,
    require_payable,
    require_pending,
    shipping_total,
)
from bunmart_order.domain.records import Order, OrderEvent, OrderLine
from bunmart_order.domain.states import (
    ANNOUNCED,
    BY_HAND,
    DELIVERED,
    JOURNEY,
    TRANSITIONS,
    OrderStatus,
    has_passed,
    require_by_hand,
    require_packed,
    require_transition,
)

__all__ = [
    "ANNOUNCED",
    "BY_HAND",
    "DEFAULT_CURRENCY",
    "DELIVERED",
    "JOURNEY",
    "TRANSITIONS",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderStatus",
    "has_passed",
    "is_paid_by",
    "merge_items",
    "new_event",
    "new_lines",
    "new_order",
    "require_awaited_payment",
    "require_by_hand",
    "require_packed",
    "require_payable",
    "require_pending",
    "require_quantities",
    "require_transition",
    "shipping_total",
]
