"""Writes docs/order-life.md from the table of an order's life: ``python tools/order_life.py``."""

from pathlib import Path

from bunmart_order.domain import FINAL, LIFE, MEANINGS, OrderStatus, Rule

PAGE = Path(__file__).parents[1] / "docs" / "order-life.md"
INTRODUCTION = """\
# The life of an order

Written by `make docs` from the table in the order service, which is the only place that allows a step
(`services/order/src/bunmart_order/domain/life.py`); a test fails when it is stale.

A step to another state is one transaction: the state, an entry of the history, and a job for each effect.
The jobs run after the commit and again until they succeed; a repeat changes nothing at the service that
they call. A command or report that is not in the table is refused (`ORDER_TRANSITION_NOT_ALLOWED`), and so
is one by somebody else. One that was taken before is acknowledged and changes nothing. Money for an order
that does not wait for it is refused (`ORDER_NOT_PAYABLE`), and payment gives it back.

What only a person can settle, such as a refund that failed, stands in `attention` of the order. An admin
lists these orders with `GET /api/orders?attention=true`, and clears one with
`DELETE /api/orders/{id}/attention`; the text stays in the history.
"""
HEAD = "| command or report | by | state after | effects | also |\n|---|---|---|---|---|\n"


def page() -> str:
    """Return the text of the page."""
    parts = [INTRODUCTION]
    for state in OrderStatus:
        rules = [rule for rule in LIFE if state in rule.states]
        final = "\nThis state is final.\n" if state in FINAL else ""
        rows = "".join(map(_row, rules))
        parts.append(f"## {state}\n{final}\n{HEAD}{rows}")
    effects = "".join(f"| {effect} | {text} |\n" for effect, text in MEANINGS.items())
    parts.append(f"## Effects\n\n| effect | meaning |\n|---|---|\n{effects}")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    by = ", ".join(sorted(rule.parties))
    effects = ", ".join(rule.effects)
    return f"| {rule.trigger} | {by} | {rule.target or 'the same'} | {effects} | {rule.note} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
