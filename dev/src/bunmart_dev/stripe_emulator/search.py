"""Stripe's search language for PaymentIntents: https://docs.stripe.com/search#search-query-language."""

import re
from typing import Any

from bunmart_dev.stripe_emulator.errors import InvalidRequestError
from bunmart_dev.stripe_emulator.objects import PaymentIntent
from bunmart_dev.stripe_emulator.parameters import Search
from bunmart_dev.stripe_emulator.store import Store

_CLAUSE = re.compile(
    r"""\s*(?P<not>-)?
    (?:metadata\[(?P<quote>["'])(?P<key>[^"'\]]+)(?P=quote)\]|(?P<field>amount|created|currency|customer|status))
    (?P<operator>:|~|<=|>=|<|>)
    (?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>\d+)|(?P<null>null))\s*""",
    re.VERBOSE,
)
_CONNECTIVE = re.compile(r"(AND|OR)\b", re.IGNORECASE)


def search(store: Store, parameters: Search) -> dict[str, Any]:
    """Return the search result page."""
    condition, values = _condition(parameters.query)
    where, bounds = ["kind = 'payment_intent'", condition], list(values)
    offset = _offset(parameters.page)
    found, _ = store.select(PaymentIntent, where, bounds, offset + parameters.limit + 1)
    page = found[offset : offset + parameters.limit]
    more = len(found) > offset + parameters.limit
    return {
        "object": "search_result",
        "data": page,
        "has_more": more,
        "next_page": str(offset + parameters.limit) if more else None,
        "url": "/v1/payment_intents/search",
    }


def _offset(page: str | None) -> int:
    if page is None:
        return 0
    if not page.isdecimal():
        raise InvalidRequestError(f"Invalid page: {page}", param="page")
    return int(page)


def _condition(query: str) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    connectives: set[str] = set()
    position = 0
    while True:
        match = _CLAUSE.match(query, position)
        if match is None:
            raise InvalidRequestError(f"We were unable to parse your search query: {query}", param="query")
        clauses.append(_clause(match, values))
        position = match.end()
        if position == len(query):
            break
        between = _CONNECTIVE.match(query, position)
        position = between.end() if between else position
        connectives.add(between.group(1).upper() if between else "AND")
    if len(connectives) > 1:
        raise InvalidRequestError("You cannot combine AND and OR in the same query.", param="query")
    connective = connectives.pop() if connectives else "AND"
    return f"({f' {connective} '.join(clauses)})", values


def _clause(match: re.Match[str], values: list[Any]) -> str:
    name = match["field"] or f'metadata."{match["key"]}"'
    values.append(f"$.{name}")
    operator = match["operator"]
    if match["null"]:
        clause = "json_extract(body, ?) IS NULL"
    elif operator == "~":
        values.append(match["double"] or match["single"] or "")
        clause = "instr(json_extract(body, ?), ?) > 0"
    else:
        text = next(match[group] for group in ("double", "single", "number") if match[group] is not None)
        numeric = match["field"] in ("amount", "created") and text.isdecimal()
        values.append(int(text) if numeric else text)
        clause = f"json_extract(body, ?) {'=' if operator == ':' else operator} ?"
    return f"NOT coalesce({clause}, 0)" if match["not"] else clause
