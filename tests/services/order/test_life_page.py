"""docs/order-life.md says what the table of an order's life says."""

from bunmart_order.domain import LIFE, OrderStatus

from tools.order_life import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_row_of_the_table_is_on_the_page() -> None:
    text = page()
    for status in OrderStatus:
        section = text.split(f"## {status}\n")[1].split("\n## ")[0]
        assert section.count("\n| ") - 1 == sum(status in rule.states for rule in LIFE)
