"""Rules of coupons: which of them can be used, in which order."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from bunmart_pricing import domain
from bunmart_pricing.domain import CountedCoupon, CouponType, Price, Reason
from hypothesis import given
from hypothesis import strategies as st

from tests.services.pricing.factories import (
    BREAD,
    COUPONS,
    DRINKS,
    GOODS,
    ITEMS,
    NOW,
    PRODUCTS,
    TERMS,
    coupon,
    price_lists,
)


@given(ITEMS, price_lists(), COUPONS, st.data())
def test_the_order_in_which_coupons_are_typed_does_not_matter(
    items: list[tuple[UUID, int]],
    priced: tuple[str, list[Price]],
    coupons: list[CountedCoupon],
    data: st.DataObject,
) -> None:
    for number, each in enumerate(coupons):
        each.code = f"CODE-{number}"
    found = {each.code: each for each in coupons}
    cart = domain.fill_basket(items, GOODS, priced[1], [], TERMS, priced[0]).cart

    typed = data.draw(st.permutations(list(found)))
    usable, refusals = domain.sort_out([*typed, *typed], found, cart, TERMS, NOW)
    again, _ = domain.sort_out(list(found), found, cart, TERMS, NOW)

    assert usable == again
    assert sorted([each.code for each in usable] + [each.code for each in refusals]) == sorted(found)
    kinds = [each.type for each in usable]
    assert kinds == sorted(kinds, key=list(CouponType).index)


@given(st.integers(-5, 5), st.integers(-5, 5), st.booleans(), st.integers(0, 20))
def test_a_coupon_is_usable_in_its_window_and_from_its_minimum_on(
    starts: int, ends: int, active: bool, goods: int
) -> None:
    each = coupon(CouponType.FIXED, Decimal(1), minimum_subtotal=Decimal(10), active=active)
    each.starts_at, each.ends_at = NOW + timedelta(days=starts), NOW + timedelta(days=ends)
    cart = domain.Cart(Decimal(goods), "EUR", frozenset(PRODUCTS[:1]), frozenset([BREAD]))

    usable, _ = domain.sort_out(["CODE"], {"CODE": each}, cart, TERMS, NOW)

    assert bool(usable) is (active and starts <= 0 < ends and goods >= 10)


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=-11)), timezone(timedelta(hours=5, minutes=45))]
)
def test_a_coupon_begins_at_its_first_moment_and_ends_before_its_last(zone: timezone) -> None:
    cart = domain.Cart(Decimal(20), "EUR", frozenset(PRODUCTS[:1]), frozenset([BREAD]))
    each = coupon(CouponType.FIXED, Decimal(1))
    each.starts_at, each.ends_at = NOW, NOW + timedelta(seconds=1)
    moment = timedelta(microseconds=1)

    def is_usable(at: datetime) -> bool:
        usable, _ = domain.sort_out(["CODE"], {"CODE": each}, cart, TERMS, at.astimezone(zone))
        return bool(usable)

    assert [is_usable(at) for at in (NOW - moment, NOW, each.ends_at - moment, each.ends_at)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_reservation_is_held_for_as_long_as_was_asked() -> None:
    order = domain.PricedOrder(PRODUCTS[0], PRODUCTS[1], domain.UseStatus.RESERVED, 1, NOW)

    (use,) = domain.new_uses(order, [coupon(CouponType.FIXED, Decimal(1))], 2400)

    assert use.reserved_until - NOW == timedelta(seconds=2400)
    assert use.reserved_until.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"limit_total": 3, "uses": 3}, Reason.USED_UP),
        ({"limit_total": 3, "uses": 2}, None),
        ({"limit_per_customer": 1, "uses_of_customer": 1}, Reason.USED_BY_CUSTOMER),
        ({"limit_per_customer": 2, "uses_of_customer": 1, "uses": 9}, None),
        ({"first_order_only": True}, None),
        ({"first_order_only": True, "ordered_before": True}, Reason.FIRST_ORDER_ONLY),
        ({"first_order_only": True, "uses_of_customer": 1}, Reason.FIRST_ORDER_ONLY),
        ({"currency_code": "USD"}, Reason.OTHER_CURRENCY),
        ({"scope": (PRODUCTS[1], None)}, Reason.OTHER_PRODUCTS),
        ({"scope": (None, DRINKS)}, Reason.OTHER_PRODUCTS),
        ({"scope": (None, BREAD)}, None),
        ({"exclusive": True}, Reason.NOT_COMBINABLE),
    ],
)
def test_a_coupon_that_cannot_be_used_says_why(more: dict[str, Any], reason: Reason | None) -> None:
    found = {
        "CODE": coupon(CouponType.FIXED, Decimal(1), **more),
        "TEN": coupon(CouponType.PERCENT, Decimal(10)),
    }
    found["TEN"].code = "TEN"
    cart = domain.Cart(Decimal(20), "EUR", frozenset(PRODUCTS[:1]), frozenset([BREAD]))

    usable, refusals = domain.sort_out(["CODE", "TEN"], found, cart, TERMS, NOW)

    assert [each.reason for each in refusals] == ([] if reason is None else [reason])
    assert len(usable) + len(refusals) == 2


def test_of_coupons_that_all_stand_alone_the_first_is_used() -> None:
    small, large = (
        coupon(CouponType.FIXED, Decimal(value), code=f"C{value}", exclusive=True) for value in (1, 2)
    )
    cart = domain.Cart(Decimal(20), "EUR", frozenset(PRODUCTS[:1]), frozenset())

    usable, refusals = domain.sort_out(["C1", "C2"], {"C1": small, "C2": large}, cart, TERMS, NOW)

    assert (usable, [each.code for each in refusals]) == ([large], ["C1"])
