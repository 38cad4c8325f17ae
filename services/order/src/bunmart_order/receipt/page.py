"""The receipt as a page in HTML."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from bunmart_order.receipt.document import Receipt


@cache
def _template() -> Template:
    loader = PackageLoader("bunmart_order", "receipt")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("receipt.html")


def html_of(receipt: Receipt) -> str:
    """Write a receipt as HTML; every text of a customer is escaped."""
    return _template().render(receipt=receipt)
