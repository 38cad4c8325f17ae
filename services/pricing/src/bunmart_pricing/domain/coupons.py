"""The rules of coupons: which of them can be used, and in which order they are applied."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart_chassis.money import to_wire

from bunmart_pricing.domain.entities import CountedCoupon, Coupon, CouponType
from bunmart_pricing.domain.terms import Terms

_RANK = {kind: place for place, kind in enumerate(CouponType)}


class Reason(enum.StrEnum):
    """The reason why a coupon cannot be used; pages translate it."""

    UNKNOWN = "UNKNOWN"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    OTHER_CURRENCY = "OTHER_CURRENCY"
    MINIMUM_NOT_REACHED = "MINIMUM_NOT_REACHED"
    OTHER_PRODUCTS = "OTHER_PRODUCTS"
    USED_UP = "USED_UP"
    USED_BY_CUSTOMER = "USED_BY_CUSTOMER"
    FIRST_ORDER_ONLY = "FIRST_ORDER_ONLY"
    NOT_COMBINABLE = "NOT_COMBINABLE"


class Refusal(msgspec.Struct, frozen=True):
    """A coupon that cannot be used; ``message`` continues a sentence that begins with the code."""

    code: str
    reason: Reason
    message: str


class Cart(msgspec.Struct, frozen=True):
    """The part of an order that decides about coupons; ``subtotal`` is before all reductions."""

    subtotal: Decimal
    currency_code: str
    product_ids: frozenset[UUID]
    category_ids: frozenset[UUID]


def is_for(scope: Coupon, product_id: UUID, category_id: UUID | None) -> bool:
    """True when the product is in the scope of a coupon."""
    if scope.product_id is not None:
        return scope.product_id == product_id
    return scope.category_id is None or scope.category_id == category_id


def application_order(coupon: Coupon) -> tuple[int, Decimal, str]:
    """Return the key that sorts coupons, whatever order the customer types.

    Percentages come before fixed amounts, larger values first, then by code; free delivery is last.
    """
    return _RANK[coupon.type], -coupon.value, coupon.code


def sort_out(
    codes: Sequence[str], found: Mapping[str, CountedCoupon], cart: Cart, terms: Terms, now: datetime
) -> tuple[list[CountedCoupon], list[Refusal]]:
    """Tell the coupons that can be used, in the order of application, from those that cannot.

    A coupon that stands alone is refused beside others. Of several that all stand alone the first is used.
    """
    refusals, usable = [], []
    for code in dict.fromkeys(codes):
        coupon = found.get(code)
        if refusal := _why_not(code, coupon, cart, terms, now):
            refusals.append(refusal)
        elif coupon is not None:
            usable.append(coupon)
    usable.sort(key=application_order)
    if len(usable) > 1:
        kept = [coupon for coupon in usable if not coupon.exclusive] or usable[:1]
        refusals += [
            Refusal(coupon.code, Reason.NOT_COMBINABLE, "cannot be combined with other coupons")
            for coupon in usable
            if coupon not in kept
        ]
        usable = kept
    return usable, sorted(refusals, key=lambda refusal: codes.index(refusal.code))


def _why_not(
    code: str, coupon: CountedCoupon | None, cart: Cart, terms: Terms, now: datetime
) -> Refusal | None:
    """Return why a coupon cannot be used for that cart at that time; None when it can."""
    if coupon is None or not coupon.active:
        return Refusal(code, Reason.UNKNOWN, "is not known")
    if coupon.starts_at is not None and now < coupon.starts_at:
        return Refusal(code, Reason.NOT_YET_VALID, "is not valid yet")
    if coupon.ends_at is not None and now >= coupon.ends_at:
        return Refusal(code, Reason.EXPIRED, "has expired")
    return _why_not_for_cart(coupon, cart, terms) or _why_used(coupon)


def _why_not_for_cart(coupon: Coupon, cart: Cart, terms: Terms) -> Refusal | None:
    """Return why a coupon does not fit a cart; None when it does."""
    code, currency = coupon.code, coupon.currency_code or terms.default_currency
    has_amount = coupon.type is CouponType.FIXED or coupon.minimum_subtotal > 0
    if has_amount and currency != cart.currency_code:
        return Refusal(code, Reason.OTHER_CURRENCY, f"is for orders in {currency}")
    if cart.subtotal < coupon.minimum_subtotal:
        least = to_wire(coupon.minimum_subtotal)
        return Refusal(code, Reason.MINIMUM_NOT_REACHED, f"needs goods for at least {least}")
    if not _in_cart(coupon, cart):
        return Refusal(code, Reason.OTHER_PRODUCTS, "is for other products")
    return None


def _why_used(coupon: CountedCoupon) -> Refusal | None:
    """Return why a coupon has no use left for the customer; None when it has."""
    code = coupon.code
    if coupon.limit_total is not None and coupon.uses >= coupon.limit_total:
        return Refusal(code, Reason.USED_UP, "is used up")
    if coupon.limit_per_customer is not None and coupon.uses_of_customer >= coupon.limit_per_customer:
        return Refusal(code, Reason.USED_BY_CUSTOMER, "was used as often as one customer may")
    if coupon.first_order_only and (coupon.ordered_before or coupon.uses_of_customer):
        return Refusal(code, Reason.FIRST_ORDER_ONLY, "is for the first order only")
    return None


def _in_cart(coupon: Coupon, cart: Cart) -> bool:
    if coupon.product_id is not None:
        return coupon.product_id in cart.product_ids
    return coupon.category_id is None or coupon.category_id in cart.category_ids
