"""Lists in pages: every row once, in order, whatever the filter and the size."""

import random
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import PagedQuery, PageRequest, encode_token

from tests.chassis.sample.models import Colour
from tests.chassis.sample.service import ADD, PAGES, PAGES_BY_QUANTITY, LineRow
from tests.support import ServiceHarness


async def with_lines(sample: ServiceHarness, count: int) -> list[LineRow]:
    rng = random.Random(count)
    rows = [
        LineRow(new_id(), uuid4(), rng.randint(1, 3), "", Decimal(rng.choice(["0.50", "1.50"])), Colour.red)
        for _ in range(count)
    ]
    await ADD.add_all(sample.database, rows)
    return rows


async def read_all(
    sample: ServiceHarness, query: PagedQuery[LineRow], size: int, **filters: Any
) -> list[LineRow]:
    seen: list[LineRow] = []
    token = None
    while token != "":
        page = await query.page(sample.database, PageRequest.of(size, token), **filters)
        assert len(page.items) <= size
        seen += page.items
        token = page.next_page_token
    return seen


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_pages_show_every_row_of_a_filter_once_and_in_order(sample: ServiceHarness, size: int) -> None:
    rows = await with_lines(sample, 14)

    for quantity in (None, 1, 2, 4):
        for cheap in (None, True):
            seen = await read_all(sample, PAGES, size, quantity=quantity, cheap=cheap)
            assert seen == [
                row
                for row in sorted(rows, key=lambda row: row.id)
                if quantity in {None, row.quantity} and (cheap is None or row.price < 1)
            ]


@pytest.mark.parametrize("size", [1, 3, 5])
async def test_a_key_of_several_columns_orders_and_continues(sample: ServiceHarness, size: int) -> None:
    rows = await with_lines(sample, 12)

    seen = await read_all(sample, PAGES_BY_QUANTITY, size)

    assert seen == sorted(rows, key=lambda row: (row.quantity, row.id))


async def test_rows_that_come_and_go_between_two_pages_shift_nothing(sample: ServiceHarness) -> None:
    rows = await with_lines(sample, 9)
    first = await PAGES.page(sample.database, PageRequest(3))

    await sample.database.execute("DELETE FROM lines WHERE id = ANY($1)", [row.id for row in rows[1:3]])
    late = await with_lines(sample, 2)
    rest = await read_from(sample, first.next_page_token)

    assert first.items == rows[:3]
    assert rest == rows[3:] + late


async def read_from(sample: ServiceHarness, token: str) -> list[LineRow]:
    page = await PAGES.page(sample.database, PageRequest(100, token))
    return page.items


@pytest.mark.parametrize("token", [encode_token(1), encode_token("x"), encode_token(["a", "b"]), "%%%"])
async def test_the_token_of_another_list_is_refused(sample: ServiceHarness, token: str) -> None:
    for query in (PAGES, PAGES_BY_QUANTITY):
        with pytest.raises(InvalidArgumentError) as refused:
            await query.page(sample.database, PageRequest.of(None, token))
        assert refused.value.violations[0].field == "page_token"


async def test_a_filter_that_a_list_lacks_is_a_defect(sample: ServiceHarness) -> None:
    with pytest.raises(TypeError, match="no filter"):
        await PAGES.page(sample.database, PageRequest(), colour="red")
