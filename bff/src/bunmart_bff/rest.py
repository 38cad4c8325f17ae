"""REST of the BFF: the views of the UI."""

from typing import Any
from uuid import UUID

from litestar import Controller, MediaType, Request, get
from litestar.response import Response

from bunmart_bff.docs import MergedDocument
from bunmart_bff.schemas import OrderView, ProductView
from bunmart_bff.service import Views
from bunmart_bff.sources import Reader

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>BunMart API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/static/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/static/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({url: "/docs/openapi.json", dom_id: "#ui", tryItOutEnabled: true,
persistAuthorization: true, docExpansion: "none", tagsSorter: "alpha"})</script></body></html>"""


class ViewController(Controller):
    """Aggregated views. They are read with the caller's own token, so they show only what it may see."""

    path = "/api/views"
    tags = ("views",)

    @get("/products/{product_id:uuid}", operation_id="ViewProduct")
    async def product(self, product_id: UUID, request: Request[Any, Any, Any], views: Views) -> ProductView:
        """Read the product page: product, price, rating and the newest reviews, in one answer."""
        return await views.read_product_page(str(product_id), _reader(request))

    @get("/orders/{order_id:uuid}", operation_id="ViewOrder")
    async def order(self, order_id: UUID, request: Request[Any, Any, Any], views: Views) -> OrderView:
        """Read the order page: order, products, addresses, payment, kitchen and shipping, in one answer."""
        return await views.read_order_page(str(order_id), _reader(request))


class DocsController(Controller):
    """The API of the whole shop, to read and to try."""

    path = "/docs"
    include_in_schema = False

    @get("/", media_type=MediaType.HTML, sync_to_thread=False, operation_id="Docs")
    def page(self) -> str:
        """Show Swagger UI, served from here: it needs no other host."""
        return _PAGE

    @get("/openapi.json", operation_id="OpenApiDocument")
    async def document(
        self, request: Request[Any, Any, Any], merged: MergedDocument
    ) -> Response[dict[str, Any]]:
        """Return the merged OpenAPI document."""
        own = request.app.openapi_schema.to_schema()
        return Response(await merged.get(own), headers={"cache-control": "no-cache"})


def _reader(request: Request[Any, Any, Any]) -> Reader:
    return Reader(request.headers.get("authorization"))
