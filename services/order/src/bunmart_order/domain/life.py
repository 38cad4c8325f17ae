"""The life of an order as a table: state and trigger → next state and effects.

The table is the only place that allows a step. The service looks its steps up here and enqueues their effects
(``service/base.py``); ``docs/order-life.md`` is written from it (``make docs``).
"""

import enum
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bunmart_chassis.errors import FailedPreconditionError

from bunmart_order.domain.effects import Effect
from bunmart_order.domain.states import BEFORE_SHIPPING, OrderStatus


class Party(enum.StrEnum):
    """The people and services that move an order."""

    CUSTOMER = "customer"
    ADMIN = "admin"
    PAYMENT = "payment"
    KITCHEN = "kitchen"
    SHIPPING = "shipping"
    CLOCK = "clock"


class Trigger(enum.StrEnum):
    """The commands and reports that an order gets."""

    CHANGE_LINE = "change or remove a line"
    SET_DETAILS = "set address and coupons"
    PAY = "press Pay"
    PAY_NOTHING = "press Pay, with nothing to pay"
    EXPIRE = "nobody paid in time"
    CANCEL = "cancel"
    REFUND_PART = "refund a part"
    REFUND_REST = "refund all that is left"
    PAYMENT_SUCCEEDED = "payment succeeded"
    PAYMENT_FAILED = "payment failed or expired"
    PARTLY_REFUNDED = "a part of the money is given back"
    FULLY_REFUNDED = "all of the money is given back"
    PRODUCE = "produce"
    PREPARED = "production is completed"
    PACK = "pack"
    REQUEST_SHIPPING = "request shipping"
    SHIPPING = "shipment has its details"
    GIVEN_UP = "delivery is given up, the parcel is back"
    GIVEN_UP_REFUNDED = "delivery is given up, all of the money is given back"
    DELIVERED = "shipment is delivered"
    COMPLETE = "complete"


class Rule(NamedTuple):
    """A row of the table.

    Attributes:
        states: The states in which the trigger is allowed.
        trigger: The command or report.
        parties: The people and services that may give it.
        target: The next state; None when the order stays in its state.
        effects: The jobs that are written with the step.
        note: What else holds.
    """

    states: frozenset[OrderStatus]
    trigger: Trigger
    parties: frozenset[Party]
    target: OrderStatus | None
    effects: tuple[Effect, ...] = ()
    note: str = ""


_S, _P, _T, _E = OrderStatus, Party, Trigger, Effect
_PENDING, _PAID = frozenset({_S.PENDING}), frozenset({_S.PAID})
_BUYER = frozenset({_P.CUSTOMER, _P.ADMIN})
_ADMIN = frozenset({_P.ADMIN})
_PAYMENT, _SHIPPING, _CLOCK = frozenset({_P.PAYMENT}), frozenset({_P.SHIPPING}), frozenset({_P.CLOCK})
_UNPAID_END = (_E.CLOSE_PAYMENTS, _E.SETTLE_COUPONS, _E.RESTORE_CART, _E.TELL_CUSTOMER)
_STOP = (_E.STOP_PRODUCTION, _E.STOP_SHIPMENT, _E.SETTLE_COUPONS, _E.TELL_CUSTOMER)
_PAID_END = (_E.CLOSE_PAYMENTS, _E.REFUND, *_STOP)
_REFUNDED_END = (_E.CLOSE_PAYMENTS, *_STOP)
_WITH_MONEY = frozenset(OrderStatus) - _PENDING
_ON_THE_ROAD = frozenset({_S.SHIPPING})
_PAST_STOPPING = frozenset({_S.SHIPPED, _S.COMPLETED, _S.CANCELLED})

LIFE: tuple[Rule, ...] = (
    Rule(
        _PENDING,
        _T.CHANGE_LINE,
        _BUYER,
        None,
        (),
        "The details are needed anew; an open payment pays nothing more.",
    ),
    Rule(
        _PENDING,
        _T.SET_DETAILS,
        _BUYER,
        None,
        (),
        "Prices the order. An open payment stays when total, currency, address and coupons are the same.",
    ),
    Rule(
        _PENDING,
        _T.PAY,
        _BUYER,
        None,
        (),
        "Prices again and reserves the coupons; another price or tax is QUOTE_CHANGED, an old quote "
        "QUOTE_EXPIRED.",
    ),
    Rule(
        _PENDING,
        _T.PAY_NOTHING,
        _BUYER,
        _S.PAID,
        (_E.CLOSE_PAYMENTS, _E.SETTLE_COUPONS, _E.TELL_CUSTOMER),
        "The total is 0; a payment that was opened when it was not can be paid no more.",
    ),
    Rule(_PENDING, _T.PAYMENT_SUCCEEDED, _PAYMENT, _S.PAID, (_E.SETTLE_COUPONS, _E.TELL_CUSTOMER)),
    Rule(
        _PENDING, _T.PAYMENT_FAILED, _PAYMENT, None, (_E.SETTLE_COUPONS,), "The customer may press Pay again."
    ),
    Rule(
        _PENDING,
        _T.EXPIRE,
        _CLOCK,
        _S.CANCELLED,
        _UNPAID_END,
        "After `BUNMART_PENDING_LIFETIME_SECONDS`, unless payment says that it is paid.",
    ),
    Rule(_PENDING, _T.CANCEL, _BUYER, _S.CANCELLED, _UNPAID_END),
    Rule(_PAID, _T.CANCEL, _BUYER, _S.CANCELLED, _PAID_END),
    Rule(BEFORE_SHIPPING - _PAID, _T.CANCEL, _ADMIN, _S.CANCELLED, _PAID_END),
    Rule(
        BEFORE_SHIPPING,
        _T.REFUND_REST,
        _ADMIN,
        _S.CANCELLED,
        _PAID_END,
        "A full refund before shipping cancels.",
    ),
    Rule(
        _ON_THE_ROAD,
        _T.REFUND_REST,
        _ADMIN,
        None,
        (_E.REFUND, _E.STOP_SHIPMENT),
        "Refused when no money is left. Its parcel is stopped; when it is back, the order is cancelled.",
    ),
    Rule(_PAST_STOPPING, _T.REFUND_REST, _ADMIN, None, (_E.REFUND,), "Refused when no money is left."),
    Rule(_WITH_MONEY, _T.REFUND_PART, _ADMIN, None, (_E.REFUND,), "At most what is left."),
    Rule(_WITH_MONEY, _T.PARTLY_REFUNDED, _PAYMENT, None, (), "`refunded_total` follows payment."),
    Rule(
        BEFORE_SHIPPING,
        _T.FULLY_REFUNDED,
        _PAYMENT,
        _S.CANCELLED,
        _REFUNDED_END,
        "Also when it was done by hand at Stripe.",
    ),
    Rule(
        _ON_THE_ROAD,
        _T.FULLY_REFUNDED,
        _PAYMENT,
        None,
        (_E.STOP_SHIPMENT, _E.SETTLE_COUPONS),
        "An admin sees in `attention` that an order on the road was refunded, until its parcel is back.",
    ),
    Rule(_PAST_STOPPING, _T.FULLY_REFUNDED, _PAYMENT, None, (_E.SETTLE_COUPONS,)),
    Rule(_PAID, _T.PRODUCE, _ADMIN, _S.PRODUCTION, (_E.TELL_CUSTOMER,)),
    Rule(
        frozenset({_S.PRODUCTION}),
        _T.PREPARED,
        frozenset({_P.KITCHEN}),
        _S.PREPARED,
        (_E.TELL_CUSTOMER,),
    ),
    Rule(frozenset({_S.PREPARED}), _T.PACK, _ADMIN, _S.PACKED, (_E.TELL_CUSTOMER,)),
    Rule(frozenset({_S.PACKED}), _T.REQUEST_SHIPPING, _ADMIN, None, (), "Shipping makes the shipment."),
    Rule(frozenset({_S.PACKED}), _T.SHIPPING, _SHIPPING, _S.SHIPPING, (_E.TELL_CUSTOMER,)),
    Rule(
        frozenset({_S.SHIPPING}),
        _T.GIVEN_UP,
        _SHIPPING,
        _S.PACKED,
        (_E.TELL_CUSTOMER,),
        "The order can be shipped again or cancelled.",
    ),
    Rule(
        frozenset({_S.SHIPPING}),
        _T.GIVEN_UP_REFUNDED,
        _SHIPPING,
        _S.CANCELLED,
        _REFUNDED_END,
        "Also when the refund is still on its way: what is refunded is not shipped again.",
    ),
    Rule(
        frozenset({_S.SHIPPING}), _T.DELIVERED, _SHIPPING, _S.SHIPPED, (_E.TELL_CUSTOMER, _E.COMPLETE_LATER)
    ),
    Rule(
        frozenset({_S.SHIPPED}),
        _T.COMPLETE,
        frozenset({_P.ADMIN, _P.SHIPPING, _P.CLOCK}),
        _S.COMPLETED,
        (_E.TELL_CUSTOMER,),
    ),
)
"""All that may happen to an order.

What is not here is refused; a step that was taken before is acknowledged.
"""

BY_HAND: Mapping[OrderStatus, Trigger] = {
    OrderStatus.PACKED: Trigger.PACK,
    OrderStatus.COMPLETED: Trigger.COMPLETE,
    OrderStatus.CANCELLED: Trigger.CANCEL,
}
"""The states that an admin may set; kitchen, payment and shipping report the others."""
REPORTED_BY_SHIPPING: Mapping[OrderStatus, Trigger] = {
    OrderStatus.PACKED: Trigger.GIVEN_UP,
    OrderStatus.SHIPPING: Trigger.SHIPPING,
    OrderStatus.SHIPPED: Trigger.DELIVERED,
    OrderStatus.COMPLETED: Trigger.COMPLETE,
}
"""The reports that ``SetOrderShipping`` makes, by the state of the order that it names."""


def _transitions() -> Iterator[tuple[OrderStatus, OrderStatus]]:
    for rule in LIFE:
        if rule.target is not None:
            yield from ((state, rule.target) for state in rule.states)


TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    state: frozenset(target for source, target in _transitions() if source is state) for state in OrderStatus
}
"""The states that may follow a state, by whoever may bring them about."""


def find_rule(current: OrderStatus, trigger: Trigger, party: Party) -> Rule | None:
    """Find the row for a trigger; None when the table does not allow it."""
    for rule in LIFE:
        if rule.trigger is trigger and current in rule.states and party in rule.parties:
            return rule
    return None


def require_rule(current: OrderStatus, trigger: Trigger, party: Party) -> Rule:
    """Return the row for a trigger.

    Raises:
        FailedPreconditionError: The table does not allow it (ORDER_TRANSITION_NOT_ALLOWED);
            ``metadata.allowed`` names the states that may follow.
    """
    rule = find_rule(current, trigger, party)
    if rule is not None:
        return rule
    allowed = ", ".join(sorted(TRANSITIONS[current])) or "none"
    raise FailedPreconditionError(
        f"An order that is {current}: {trigger} ({party}) is not allowed; it may become: {allowed}.",
        code="ORDER_TRANSITION_NOT_ALLOWED",
        metadata={"status": current, "allowed": allowed},
    )


def targets_of(trigger: Trigger) -> frozenset[OrderStatus]:
    """Return the states that a trigger leads to."""
    return frozenset(rule.target for rule in LIFE if rule.trigger is trigger and rule.target is not None)


def require_by_hand(target: OrderStatus) -> Trigger:
    """Return the command that sets a state by hand.

    Raises:
        FailedPreconditionError: Another service reports it (ORDER_STATUS_NOT_BY_HAND).
    """
    if target not in BY_HAND:
        raise FailedPreconditionError(
            f"{target} is reported by the service that does it; by hand: {', '.join(sorted(BY_HAND))}.",
            code="ORDER_STATUS_NOT_BY_HAND",
        )
    return BY_HAND[target]


def require_packed(status: OrderStatus) -> None:
    """Check that the parcel of an order is ready for delivery.

    Raises:
        FailedPreconditionError: It is not packed (ORDER_NOT_PACKED).
    """
    if find_rule(status, Trigger.REQUEST_SHIPPING, Party.ADMIN) is None:
        raise FailedPreconditionError(
            f"An order that is {status} cannot be shipped; pack it first.", code="ORDER_NOT_PACKED"
        )


ANNOUNCED = frozenset(
    rule.target for rule in LIFE if rule.target is not None and Effect.TELL_CUSTOMER in rule.effects
)
"""The states that the customer is told about."""
FINAL = frozenset(state for state in OrderStatus if not TRANSITIONS[state])
"""The states that an order never leaves."""
