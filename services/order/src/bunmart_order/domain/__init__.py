"""The rules of an order, without I/O.

- ``life``: the table of all that may happen to an order, and what follows from it.
- ``effects``: what follows from a step at other services.
- ``payable``: what makes an order payable, and which payment pays it.
- ``refunds``: how much can be given back, and its tax.
- ``states``: the states of an order.
- ``intent``: which products and how many pieces become an order, and the first state of its rows.
- ``records``: the structs that rows are read into.
"""

from bunmart_order.domain.effects import (
    MEANINGS,
    Effect,
)
from bunmart_order.domain.intent import (
    DEFAULT_CURRENCY,
    MAX_NOTE,
    Item,
    display_number,
    merge_items,
    new_event,
    new_lines,
    new_number,
    new_order,
    not_for_sale,
    require_for_sale,
    require_quantities,
)
from bunmart_order.domain.life import (
    ANNOUNCED,
    BY_HAND,
    FINAL,
    LIFE,
    REPORTED_BY_SHIPPING,
    TRANSITIONS,
    Party,
    Rule,
    Trigger,
    find_rule,
    require_by_hand,
    require_packed,
    require_rule,
    targets_of,
)
from bunmart_order.domain.payable import (
    coupon_outcome,
    has_valid_quote,
    is_paid_by,
    quote_refusal,
    require_awaited_payment,
    require_paid,
    require_payable,
    require_pending,
)
from bunmart_order.domain.records import (
    Order,
    OrderEvent,
    OrderLine,
    Refund,
    RefundStatus,
)
from bunmart_order.domain.refunds import (
    OPEN,
    amount_of_pieces,
    carried_out,
    money_left,
    net_of,
    new_refund,
    refunding,
    require_charge,
    require_money,
    split_tax,
    spread,
    values_by_rate,
)
from bunmart_order.domain.states import (
    BEFORE_SHIPPING,
    DELIVERED,
    JOURNEY,
    OrderStatus,
    has_passed,
)

__all__ = [
    "ANNOUNCED",
    "BEFORE_SHIPPING",
    "BY_HAND",
    "DEFAULT_CURRENCY",
    "DELIVERED",
    "FINAL",
    "JOURNEY",
    "LIFE",
    "MAX_NOTE",
    "MEANINGS",
    "OPEN",
    "REPORTED_BY_SHIPPING",
    "TRANSITIONS",
    "Effect",
    "Item",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderStatus",
    "Party",
    "Refund",
    "RefundStatus",
    "Rule",
    "Trigger",
    "amount_of_pieces",
    "carried_out",
    "coupon_outcome",
    "display_number",
    "find_rule",
    "has_passed",
    "has_valid_quote",
    "is_paid_by",
    "merge_items",
    "money_left",
    "net_of",
    "new_event",
    "new_lines",
    "new_number",
    "new_order",
    "new_refund",
    "not_for_sale",
    "quote_refusal",
    "refunding",
    "require_awaited_payment",
    "require_by_hand",
    "require_charge",
    "require_for_sale",
    "require_money",
    "require_packed",
    "require_paid",
    "require_payable",
    "require_pending",
    "require_quantities",
    "require_rule",
    "split_tax",
    "spread",
    "targets_of",
    "values_by_rate",
]
