"""The rules of refunds: how much is left, what pieces cost, and what payment says of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.money import exponent, rounded, to_wire

from bunmart_order.domain.intent import display_number
from bunmart_order.domain.records import Order, OrderLine, Refund, RefundStatus
from bunmart_order.domain.states import OrderStatus
from bunmart_order.domain.taxes import ZERO, net_of

REFUNDED_ON_THE_ROAD = "The order was refunded in full while it is on the road."
AT_PAYMENT = "payment"
"""The actor of a refund that order did not ask for: it was made at payment, or by hand at Stripe."""
OPEN = (RefundStatus.REQUESTED, RefundStatus.PENDING)
"""The states of a refund whose end is not known."""


def money_left(order: Order) -> Decimal:
    """Return what the order has of the customer's money and is not on its way back."""
    if order.payment_status != "SUCCEEDED" or order.total is None:
        return ZERO
    return max(order.total - order.refunded_total - order.refunding_total, ZERO)


def is_given_back(order: Order) -> bool:
    """Return True for a paid order of whose money nothing is left: it went back, or is on its way."""
    return order.payment_status in ("SUCCEEDED", "REFUNDED") and bool(order.total) and not money_left(order)


def is_to_stop(order: Order) -> bool:
    """Return True when nothing more is to be delivered: cancelled, or on the road with no money left."""
    on_road = order.status is OrderStatus.SHIPPING and is_given_back(order)
    return on_road or order.status is OrderStatus.CANCELLED


def require_money(order: Order, amount: Decimal) -> None:
    """Check that so much can be given back.

    Raises:
        FailedPreconditionError: So much is not left (REFUND_EXCEEDS_PAYMENT);
            ``metadata.left`` says how much is.
    """
    left = money_left(order)
    if amount > left or left == 0:
        raise FailedPreconditionError(
            f"{to_wire(left)} {order.currency_code} of the order can be given back.",
            code="REFUND_EXCEEDS_PAYMENT",
            metadata={"left": to_wire(left), "currency": order.currency_code},
        )


def require_charge(amount: Decimal, currency: str) -> Decimal:
    """Check an amount to give back: positive, and not finer than its currency.

    Raises:
        InvalidArgumentError: It is neither (``amount``).
    """
    if amount <= 0 or amount % exponent(currency):
        raise InvalidArgumentError.field("amount", f"must be a positive amount of {currency}")
    return amount


def amounts_of_pieces(
    order: Order, lines: Sequence[OrderLine], pieces: Mapping[UUID, int], refunds: Iterable[Refund]
) -> dict[UUID, Decimal]:
    """Return by product what the customer paid for pieces that were not given back before.

    The last pieces of a line get what rounding left over, so that all pieces of a line are worth the line.

    Raises:
        InvalidArgumentError: The order has not so many pieces of a product (``lines``).
    """
    before = _pieces_given_back(refunds)
    known = {line.product_id: line for line in lines}
    amounts = {}
    for product_id, quantity in pieces.items():
        line, gone = known.get(product_id), before[product_id]
        if line is None or gone + quantity > line.quantity:
            raise InvalidArgumentError.field(
                "lines", f"has more of product {product_id} than is left to give back"
            )
        net = net_of(line)
        until_now = rounded(net * gone / line.quantity, order.currency_code)
        until_then = rounded(net * (gone + quantity) / line.quantity, order.currency_code)
        amounts[product_id] = until_then - until_now
    return amounts


def _pieces_given_back(refunds: Iterable[Refund]) -> dict[UUID, int]:
    before: dict[UUID, int] = defaultdict(int)
    for refund in refunds:
        if refund.status is not RefundStatus.FAILED:
            for piece in refund.lines:
                before[UUID(str(piece["product_id"]))] += int(piece["quantity"])
    return before


def describe_pieces(pieces: Mapping[UUID, int], amounts: Mapping[UUID, Decimal]) -> list[dict[str, Any]]:
    """Write the pieces of a refund as they are kept, each product with what was paid for its pieces."""
    return [
        {"product_id": str(product_id), "quantity": quantity, "amount": to_wire(amounts[product_id])}
        for product_id, quantity in pieces.items()
    ]


def new_refund(
    order: Order,
    amount: Decimal,
    lines: list[dict[str, Any]],
    taxes: list[dict[str, str]],
    *,
    actor: str,
    reason: str,
) -> Refund:
    """Make a refund that payment has not been asked for yet."""
    now = datetime.now(UTC)
    return Refund(
        id=new_id(),
        order_id=order.id,
        number=None,
        status=RefundStatus.REQUESTED,
        amount=amount,
        # With another refund on its way, its job could come later than this one and find nothing left.
        whole=amount == money_left(order) and not order.refunding_total,
        lines=lines,
        taxes=taxes,
        reason=reason,
        actor=actor,
        created_at=now,
        updated_at=now,
    )


def carried_out(refunds: Iterable[Refund], newly: Decimal) -> list[Refund]:
    """Return the open refunds, oldest first, that the money which payment has newly given back covers."""
    found = []
    for refund in refunds:
        if refund.status in OPEN and refund.amount <= newly:
            newly -= refund.amount
            found.append(refund)
    return found


def next_number(order: Order, refunds: Iterable[Refund]) -> str:
    """Return the number of an order's next credit note; that of a refund which failed later stays taken."""
    taken = sum(1 for refund in refunds if refund.number is not None)
    return f"{display_number(order)}-C{taken + 1}"


def require_settled(refund: Refund) -> None:
    """Check that a refund has a credit note.

    Raises:
        FailedPreconditionError: The money has not gone back (REFUND_NOT_SUCCEEDED).
    """
    if refund.status is not RefundStatus.SUCCEEDED:
        raise FailedPreconditionError(
            f"The refund is {refund.status}; it has a credit note when its money has gone back.",
            code="REFUND_NOT_SUCCEEDED",
        )


def refunding(refunds: Iterable[Refund]) -> Decimal:
    """Return what is on its way back."""
    return sum((refund.amount for refund in refunds if refund.status in OPEN), ZERO)


class ReportedRefund(msgspec.Struct, frozen=True):
    """A refund as payment reports it; ``refund_id`` is ours where order asked for it."""

    refund_id: UUID
    status: RefundStatus
    amount: Decimal
    reason: str


def found_refund(order: Order, reported: ReportedRefund, number: str, taxes: list[dict[str, str]]) -> Refund:
    """Make a refund that order did not ask for, and whose money has gone back; it has a credit note."""
    now = datetime.now(UTC)
    return Refund(
        id=reported.refund_id,
        order_id=order.id,
        number=number,
        status=RefundStatus.SUCCEEDED,
        amount=reported.amount,
        whole=False,
        lines=[],
        taxes=taxes,
        reason=reported.reason,
        actor=AT_PAYMENT,
        created_at=now,
        updated_at=now,
    )


def is_news(refund: Refund, status: RefundStatus) -> bool:
    """Return True when a refund gets this status by a report: they only rise, so an old report is none.

    FAILED is the last: what Stripe has given back may still fail at the bank.
    """
    ranks = list(RefundStatus)
    return ranks.index(status) > ranks.index(refund.status)


def given_back(order: Order, refunds: Iterable[Refund]) -> Decimal:
    """Return the sum of the refunds that were carried out, at most what was paid."""
    made = (refund.amount for refund in refunds if refund.status is RefundStatus.SUCCEEDED)
    return min(sum(made, ZERO), order.total or ZERO)


def refund_failed(order: Order, refund: Refund, problem: str) -> str:
    """Say to an admin that money which was to go back did not."""
    amount = f"{to_wire(refund.amount)} {order.currency_code}"
    return (
        f"Refund {refund.id} of {amount} failed{f': {problem}' if problem else ''}; the money is still here."
    )
