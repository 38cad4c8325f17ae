"""Pages, money and fields: the rules without a server."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from bunmart_chassis import validation
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.money import (
    ZERO_DECIMAL,
    exponent,
    from_minor,
    is_chargeable,
    rounded,
    to_minor,
    to_wire,
)
from bunmart_chassis.paging import MAX_PAGE_SIZE, PageRequest, decode_token, encode_token
from hypothesis import given
from hypothesis import strategies as st

from tests.support import ServiceHarness

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", *sorted(ZERO_DECIMAL)])
AMOUNTS = st.decimals(min_value=0, max_value=999_999_999, places=4)
TIMES = st.datetimes(timezones=st.just(UTC))


@given(
    st.tuples(TIMES, st.uuids(), st.integers(-(2**63), 2**63 - 1), st.text(), st.decimals(allow_nan=False))
)
def test_a_page_token_comes_back_as_it_was(key: tuple[datetime, UUID, int, str, Decimal]) -> None:
    token = encode_token(key)

    assert decode_token(token, tuple[datetime, UUID, int, str, Decimal]) == key
    assert token.isascii()
    assert not set(token) & set("+/=&?# ")


@given(st.text(min_size=1))
def test_what_is_no_page_token_is_refused_by_name(token: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        decode_token(token, tuple[datetime, UUID])

    assert refused.value.violations[0].field == "page_token"


@pytest.mark.parametrize(
    ("asked", "given"), [(None, 20), (0, 20), (1, 1), (100, 100), (10**9, MAX_PAGE_SIZE)]
)
def test_page_sizes_are_bounded(asked: int | None, given: int) -> None:
    assert PageRequest.of(asked, None).size == given


async def test_a_list_is_paged_over_rest(sample: ServiceHarness) -> None:
    ids = []
    for _ in range(5):
        added = await sample.http.post("/api/lines", json={"product_id": str(uuid4()), "quantity": 1})
        ids.append(added.json()["id"])

    seen, token = [], ""
    for _ in range(3):
        page = (await sample.http.get("/api/lines", params={"page_size": 2, "page_token": token})).json()
        seen += [line["id"] for line in page["items"]]
        token = page["next_page_token"]

    assert (seen, token) == (ids, "")


@given(AMOUNTS, CURRENCIES)
def test_rounding_moves_less_than_half_a_step_and_once(amount: Decimal, currency: str) -> None:
    once = rounded(amount, currency)

    assert abs(once - amount) <= exponent(currency) / 2
    assert rounded(once, currency) == once
    assert from_minor(to_minor(once, currency), currency) == once
    assert Decimal(to_wire(once)) == once


@given(st.integers(0, 10**11), CURRENCIES)
def test_minor_units_come_back_as_they_were(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.005", "EUR"), ("1.5", "JPY"), ("10.50", "ISK"), ("0.0005", "KWD")]
)
def test_a_fraction_of_the_smallest_unit_is_no_minor_amount(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="fraction"):
        to_minor(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.99", "EUR", 1999),
        ("15", "JPY", 15),
        ("10", "ISK", 1000),
        ("990", "HUF", 99000),
        ("1.234", "KWD", 1234),
    ],
)
def test_stripe_counts_in_units_of_its_own(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


def test_only_currencies_in_use_with_two_decimals_at_most_are_chargeable() -> None:
    chargeable = [code for code in ("EUR", "USD", "JPY", "ISK", "CHF") if is_chargeable(code)]
    refused = [code for code in ("KWD", "UGX", "EUX", "DEM", "XXX", "eur", "") if is_chargeable(code)]

    assert (chargeable, refused) == (["EUR", "USD", "JPY", "ISK", "CHF"], [])


def test_an_amount_is_written_with_the_decimals_that_count() -> None:
    written = [to_wire(Decimal(text)) for text in ("1", "1.5", "1.500", "1.2340", "1e2")]

    assert written == ["1.00", "1.50", "1.50", "1.234", "100.00"]


def test_half_a_cent_is_rounded_up() -> None:
    assert [to_wire(rounded(Decimal(text), "EUR")) for text in ("0.005", "0.015", "2.675", "1e3")] == [
        "0.01",
        "0.02",
        "2.68",
        "1000.00",
    ]


@given(st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2))
def test_amounts_are_read_as_they_are_written(amount: Decimal) -> None:
    assert validation.require_amount("price", to_wire(amount)) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "-0",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "1_000",
        " 1",
        "1\n",
        "١٢",
        "1,5",
        ".5",
        "5.",
        "1000000000",
    ],
)
def test_other_spellings_of_amounts_are_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        validation.require_amount("price", text)

    assert refused.value.violations[0].field == "price"


def test_fields_are_named() -> None:
    checks: list[Callable[[], object]] = [
        lambda: validation.require_uuid("f", ""),
        lambda: validation.require_uuid("f", "x"),
        lambda: validation.require_uuids("f", []),
        lambda: validation.require_uuids("f", [str(uuid4())] * 2, most=1),
        lambda: validation.require_quantity("f", 0),
        lambda: validation.require_quantity("f", 1001),
        lambda: validation.require_text("f", "  "),
        lambda: validation.require_one_of("f", "PAID", ["paid"]),
    ]
    for check in checks:
        with pytest.raises(InvalidArgumentError) as refused:
            check()
        assert [item.field for item in refused.value.violations] == ["f"]
