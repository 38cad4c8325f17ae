"""A document as a page in HTML."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from bunmart_order.receipt.document import Document


@cache
def _template() -> Template:
    loader = PackageLoader("bunmart_order", "receipt")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template(
        "document.html"
    )


def html_of(document: Document) -> str:
    """Write a document as HTML; every text of a customer is escaped."""
    return _template().render(document=document)
