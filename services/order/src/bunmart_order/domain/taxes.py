"""The rules of tax: what an order contains at each rate, and how a refund splits it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from bunmart_chassis.money import exponent, rounded, to_wire

from bunmart_order.domain.records import Order, OrderLine, Refund, RefundStatus

ZERO = Decimal(0)


def net_of(line: OrderLine) -> Decimal:
    """Return what the customer paid for a line, after discounts."""
    return (line.line_total or ZERO) - (line.discount_total or ZERO)


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
    refunds: Iterable[Refund],
    pieces: Mapping[UUID, Decimal] | None = None,
) -> list[dict[str, str]]:
    """Split a refund by tax rate: that of its pieces, or by value over what is left of all that was sold.

    The refunds of an order never give back more at a rate than was sold at it. The tax is what the refunds
    contain up to this one less what they contained before it, so that the refunds of all of the money contain
    the tax of the sale, to the smallest step.

    Args:
        order: The order.
        lines: All of its lines.
        amount: The money that is given back.
        refunds: The refunds before this one.
        pieces: The amount by product that it is for; none for an amount of money.

    Returns:
        Entries with ``rate``, ``amount`` and the ``tax`` that it contains.
    """
    sold, before = values_by_rate(order, lines), _given_back_by_rate(refunds)
    left = {rate: max(paid - before[rate][0], ZERO) for rate, (paid, _) in sold.items()}
    wanted = _amounts_by_rate(lines, pieces) if pieces else left
    shares = _shares(amount, wanted, left, order.currency_code)
    return [
        {
            "rate": _plain(rate),
            "amount": to_wire(share),
            "tax": to_wire(_tax_of_share(sold[rate], before[rate], share, order.currency_code)),
        }
        for rate, share in sorted(shares.items())
        if share
    ]


def _tax_of_share(
    sold: tuple[Decimal, Decimal], before: tuple[Decimal, Decimal], share: Decimal, currency: str
) -> Decimal:
    (paid, tax), (gone, tax_gone) = sold, before
    return max(rounded(tax * (gone + share) / paid, currency) - tax_gone, ZERO)


def _given_back_by_rate(refunds: Iterable[Refund]) -> dict[Decimal, tuple[Decimal, Decimal]]:
    found: dict[Decimal, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for refund in refunds:
        for part in refund.taxes if refund.status is not RefundStatus.FAILED else ():
            amount, tax = found[Decimal(part["rate"])]
            found[Decimal(part["rate"])] = (amount + Decimal(part["amount"]), tax + Decimal(part["tax"]))
    return found


def _amounts_by_rate(lines: Iterable[OrderLine], pieces: Mapping[UUID, Decimal]) -> dict[Decimal, Decimal]:
    found: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        found[line.tax_rate or ZERO] += pieces.get(line.product_id, ZERO)
    return found


def _shares(
    amount: Decimal, wanted: Mapping[Decimal, Decimal], left: Mapping[Decimal, Decimal], currency: str
) -> dict[Decimal, Decimal]:
    """Share an amount by what is wanted at each rate; what is not left there goes to the other rates."""
    shares = dict(zip(wanted, spread(amount, list(wanted.values()), currency), strict=True))
    shares = {rate: min(share, left.get(rate, ZERO)) for rate, share in shares.items()}
    room = {rate: most - shares.get(rate, ZERO) for rate, most in left.items()}
    more = spread(amount - sum(shares.values(), ZERO), list(room.values()), currency)
    return {rate: shares.get(rate, ZERO) + part for rate, part in zip(room, more, strict=True)}


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
