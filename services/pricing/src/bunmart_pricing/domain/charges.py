"""The rule that an order can be charged: its total is neither smaller nor larger than Stripe takes."""

import enum
from decimal import Decimal
from typing import NamedTuple

from bunmart_chassis.errors import FailedPreconditionError
from bunmart_chassis.money import least_charge, most_charge, to_wire

from bunmart_pricing.domain.totals import Totals


class ChargeProblem(enum.StrEnum):
    """The reason why a total cannot be charged; pages translate it."""

    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"


class NotChargeable(NamedTuple):
    """A total that cannot be charged; the limit in major units."""

    reason: ChargeProblem
    limit: Decimal


def why_not_chargeable(totals: Totals) -> NotChargeable | None:
    """Return why a total cannot be charged; None when it can, or when there is nothing to pay.

    Goods above the largest charge are refused before all reductions, too: no amount of an order is larger.
    """
    least, most = least_charge(totals.currency_code), most_charge(totals.currency_code)
    if totals.subtotal + totals.delivery_total > most:
        return NotChargeable(ChargeProblem.TOO_LARGE, most)
    if 0 < totals.grand_total < least:
        return NotChargeable(ChargeProblem.TOO_SMALL, least)
    return None


def require_chargeable(totals: Totals) -> None:
    """Refuse an order that nobody could pay.

    Raises:
        FailedPreconditionError: Its total is too small or too large (TOTAL_NOT_CHARGEABLE);
            ``metadata.reason`` and ``metadata.limit`` say which.
    """
    problem = why_not_chargeable(totals)
    if problem is not None:
        currency, limit = totals.currency_code, to_wire(problem.limit)
        side = "at least" if problem.reason is ChargeProblem.TOO_SMALL else "at most"
        raise FailedPreconditionError(
            f"An order can be paid if it costs {side} {limit} {currency}.",
            code="TOTAL_NOT_CHARGEABLE",
            metadata={"reason": problem.reason, "limit": limit, "currency": currency},
        )
