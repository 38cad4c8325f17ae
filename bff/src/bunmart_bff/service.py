"""The views: each reads from several services at the same time and puts the answers together."""

import asyncio
from collections.abc import Iterable

import msgspec

from bunmart_bff.schemas import (
    Address,
    Addresses,
    Kitchen,
    Order,
    OrderLine,
    OrderLineView,
    OrderView,
    Payment,
    Payments,
    Price,
    Product,
    Products,
    ProductView,
    Rating,
    Refund,
    ReviewPage,
    Shipping,
)
from bunmart_bff.sources import Reader, Sources, read_or_none

_PAID = frozenset({"SUCCEEDED", "REFUNDED"})
"""The states of a payment of which money may have gone back."""


class Views:
    """The use cases of the BFF; it owns no data."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def read_product_page(self, product_id: str, reader: Reader) -> ProductView:
        """Read product, price, rating and the newest reviews; all but the product may be missing.

        Raises:
            NotFoundError: There is no such product (PRODUCT_NOT_FOUND).
            UnavailableError: The product service does not answer (SOURCE_UNAVAILABLE).
        """
        degraded: list[str] = []
        read = self._sources.read
        product, price, rating, reviews = await asyncio.gather(
            read(Product, "product", f"/api/products/{product_id}", reader),
            read_or_none(
                degraded, "price", read(Price, "pricing", f"/api/prices/product/{product_id}", reader)
            ),
            read_or_none(
                degraded,
                "rating",
                read(Rating, "review", f"/api/reviews/product/{product_id}/rating", reader),
            ),
            read_or_none(
                degraded,
                "reviews",
                read(ReviewPage, "review", f"/api/reviews/product/{product_id}", reader, {"page_size": "10"}),
            ),
        )
        return ProductView(product=product, price=price, rating=rating, reviews=reviews, degraded=degraded)

    async def read_order_page(self, order_id: str, reader: Reader) -> OrderView:
        """Read an order, its products, the customer's addresses, payment, refunds, kitchen and shipping.

        The order is read first: by its customer, lines, total and ids only those sections are read that can
        exist. All but the order may be missing.

        Raises:
            NotFoundError: There is no such order (ORDER_NOT_FOUND).
            PermissionDeniedError: It is somebody else's (PERMISSION_DENIED).
            UnavailableError: The order service does not answer (SOURCE_UNAVAILABLE).
        """
        degraded: list[str] = []
        order = await self._sources.read(Order, "order", f"/api/orders/{order_id}", reader)
        products, addresses, payment, refunds, kitchen, shipping = await asyncio.gather(
            read_or_none(degraded, "products", self._products(order, reader)),
            read_or_none(degraded, "addresses", self._addresses(order, reader)),
            read_or_none(degraded, "payment", self._payment(order, reader)),
            read_or_none(degraded, "refunds", self._refunds(order, reader)),
            read_or_none(degraded, "kitchen", self._kitchen(order, reader)),
            read_or_none(degraded, "shipping", self._shipping(order, reader)),
        )
        return OrderView(
            order=order,
            lines=_with_products(order.lines, products or {}),
            addresses=addresses,
            payment=payment,
            refunds=refunds,
            kitchen=kitchen,
            shipping=shipping,
            degraded=degraded,
        )

    async def _products(self, order: Order, reader: Reader) -> dict[str, Product]:
        ids = ",".join(line.product_id for line in order.lines)
        page = await self._sources.read(Products, "product", "/api/products/batch", reader, {"ids": ids})
        return {product.product_id: product for product in page.items}

    async def _addresses(self, order: Order, reader: Reader) -> list[Address]:
        path = f"/api/users/{order.user_id}/addresses"
        return (await self._sources.read(Addresses, "user", path, reader)).items

    async def _payment(self, order: Order, reader: Reader) -> Payment | None:
        if order.total is None:
            return None
        path = f"/api/payments/order/{order.order_id}"
        payments = (await self._sources.read(Payments, "payment", path, reader)).items
        return payments[0] if payments else None

    async def _refunds(self, order: Order, reader: Reader) -> list[Refund]:
        if order.payment_status not in _PAID:
            return []
        return await self._sources.read(
            list[Refund], "order", f"/api/orders/{order.order_id}/refunds", reader
        )

    async def _kitchen(self, order: Order, reader: Reader) -> Kitchen | None:
        if order.production_order_id is None:
            return None
        path = f"/api/production-orders/order/{order.order_id}"
        return await self._sources.read(Kitchen, "kitchen", path, reader)

    async def _shipping(self, order: Order, reader: Reader) -> Shipping | None:
        if order.shipment_id is None:
            return None
        path = f"/api/shipments/order/{order.order_id}"
        return await self._sources.read(Shipping, "shipping", path, reader)


def _with_products(lines: Iterable[OrderLine], products: dict[str, Product]) -> list[OrderLineView]:
    return [_with_product(line, products.get(line.product_id)) for line in lines]


def _with_product(line: OrderLine, product: Product | None) -> OrderLineView:
    """Add the image of today; the name only where the order does not know under which one it is sold."""
    view = OrderLineView(**msgspec.structs.asdict(line), image_url=product.image_url if product else None)
    if view.name is None and product is not None:
        view.name = product.name
    return view
