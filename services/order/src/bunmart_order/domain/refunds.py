"""The rules of refunds: how much is left, what pieces cost, and how the tax is split."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.money import exponent, rounded, to_wire

from bunmart_order.domain.intent import display_number
from bunmart_order.domain.records import Order, OrderLine, Refund, RefundStatus

ZERO = Decimal(0)
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


def net_of(line: OrderLine) -> Decimal:
    """Return what the customer paid for a line, after discounts."""
    return (line.line_total or ZERO) - (line.discount_total or ZERO)


class PricedPieces(NamedTuple):
    """Pieces of a product that are given back, and what the customer paid for them."""

    quantity: int
    amount: Decimal


def price_pieces(
    order: Order, lines: Sequence[OrderLine], pieces: Mapping[UUID, int], refunds: Iterable[Refund]
) -> dict[UUID, PricedPieces]:
    """Return what the customer paid for pieces that were not given back before, by product.

    The last pieces of a line get what rounding left over, so that all pieces of a line are worth the line.

    Raises:
        InvalidArgumentError: The order has not so many pieces of a product (``lines``).
    """
    before = _pieces_given_back(refunds)
    known = {line.product_id: line for line in lines}
    priced: dict[UUID, PricedPieces] = {}
    for product_id, quantity in pieces.items():
        line, gone = known.get(product_id), before[product_id]
        if line is None or gone + quantity > line.quantity:
            raise InvalidArgumentError.field(
                "lines", f"has more of product {product_id} than is left to give back"
            )
        net = net_of(line)
        amount = rounded(net * (gone + quantity) / line.quantity, order.currency_code)
        amount -= rounded(net * gone / line.quantity, order.currency_code)
        priced[product_id] = PricedPieces(quantity, amount)
    return priced


def _pieces_given_back(refunds: Iterable[Refund]) -> dict[UUID, int]:
    before: dict[UUID, int] = defaultdict(int)
    for refund in refunds:
        if refund.status is not RefundStatus.FAILED:
            for piece in refund.lines:
                before[UUID(str(piece["product_id"]))] += int(piece["quantity"])
    return before


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Share an amount by weights so that the shares add up exactly (largest remainder)."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    step = exponent(currency)
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(step, rounding=ROUND_DOWN) for share in exact]
    rest = int((amount - sum(shares, ZERO)) / step)
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[:rest]:
        shares[index] += step
    return shares


def values_by_rate(order: Order, lines: Iterable[OrderLine]) -> dict[Decimal, tuple[Decimal, Decimal]]:
    """Return what was paid and the tax in it, by tax rate, delivery included."""
    found: dict[Decimal, tuple[Decimal, Decimal]] = {}
    parts = [(line.tax_rate, net_of(line), line.tax_total) for line in lines]
    parts.append((order.shipping_tax_rate, order.shipping_total or ZERO, order.shipping_tax_total))
    for rate, amount, tax in parts:
        if amount:
            known = found.get(rate or ZERO, (ZERO, ZERO))
            found[rate or ZERO] = (known[0] + amount, known[1] + (tax or ZERO))
    return dict(sorted(found.items()))


def split_tax(
    order: Order,
    lines: Sequence[OrderLine],
    amount: Decimal,
    pieces: Mapping[UUID, PricedPieces] | None = None,
) -> list[dict[str, str]]:
    """Split a refund by tax rate: that of its pieces, or by value over all that was sold.

    Returns:
        Entries with ``rate``, ``amount`` and the ``tax`` that it contains.
    """
    if pieces and any(piece.amount for piece in pieces.values()):
        weights: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
        for line in lines:
            if line.product_id in pieces:
                weights[line.tax_rate or ZERO] += pieces[line.product_id].amount
    else:
        weights = {rate: paid for rate, (paid, _) in values_by_rate(order, lines).items()}
    shares = spread(amount, list(weights.values()), order.currency_code)
    return [
        {
            "rate": _plain(rate),
            "amount": to_wire(share),
            "tax": to_wire(rounded(share - share / (1 + rate / 100), order.currency_code)),
        }
        for rate, share in zip(weights, shares, strict=True)
        if share
    ]


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def new_refund(
    order: Order,
    lines: Sequence[OrderLine],
    amount: Decimal,
    pieces: Mapping[UUID, PricedPieces],
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
        lines=[
            {
                "product_id": str(product_id),
                "quantity": piece.quantity,
                "amount": to_wire(piece.amount),
            }
            for product_id, piece in pieces.items()
        ],
        taxes=split_tax(order, lines, amount, pieces),
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
    """Return the number of an order's next credit note."""
    taken = sum(1 for refund in refunds if refund.number is not None)
    return f"{display_number(order)}-C{taken + 1}"


def change_amount(order: Order, lines: Sequence[OrderLine], refund: Refund, amount: Decimal) -> None:
    """Note that payment gives back another amount than it was asked for, and split its tax anew."""
    pieces = {
        UUID(str(piece["product_id"])): PricedPieces(
            int(piece["quantity"]), Decimal(str(piece.get("amount", "0")))
        )
        for piece in refund.lines
    }
    refund.amount = amount
    refund.taxes = split_tax(order, lines, amount, pieces)


def require_settled(refund: Refund) -> None:
    """Check that a refund has a credit note.

    Raises:
        FailedPreconditionError: The money has not gone back (REFUND_NOT_SUCCEEDED).
    """
    if refund.status is not RefundStatus.SUCCEEDED:
        raise FailedPreconditionError(
            f"The refund is {refund.status}; its credit note is made when the money has gone back.",
            code="REFUND_NOT_SUCCEEDED",
        )


def refunding(refunds: Iterable[Refund]) -> Decimal:
    """Return what is on its way back."""
    return sum((refund.amount for refund in refunds if refund.status in OPEN), ZERO)
