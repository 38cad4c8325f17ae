"""Products with their images, prices, discounts and coupons."""

import asyncio
from typing import Any
from urllib.parse import quote

from bunmart_dev.seed.catalogue import (
    CAMPAIGN,
    CATEGORIES,
    COUPONS,
    CURRENCY,
    DISCOUNT,
    DISCOUNTED_PRODUCT,
    PRODUCTS,
    TAGS,
    Product,
)
from bunmart_dev.seed.drawings import draw
from bunmart_dev.seed.writer import Writer

Thing = dict[str, Any]


class Stock:
    """The products of the bakery, and their campaigns."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def create(self) -> None:
        """Create what is missing, by name or code."""
        await asyncio.gather(self._coupons(), self._products())

    async def _products(self) -> None:
        labels, categories, tags = await asyncio.gather(
            self._writer.items("/api/products?include_inactive=true"),
            self._named("/api/categories", CATEGORIES, ordered=True),
            self._named("/api/tags", TAGS),
        )
        known = {product["name"]: product for product in labels}
        products = await asyncio.gather(
            *(self._product(product, known.get(product.name), categories, tags) for product in PRODUCTS)
        )
        self._writer.say(f"{len(products)} products with pictures")
        await asyncio.gather(self._prices(products), self._discount(products))

    async def _named(self, path: str, names: tuple[str, ...], *, ordered: bool = False) -> dict[str, Thing]:
        known = {thing["name"]: thing for thing in await self._writer.items(path)}

        async def ensure(position: int, name: str) -> Thing:
            body: Thing = {"name": name, "sort_order": position} if ordered else {"name": name}
            return known.get(name) or await self._writer.create(path, name, body)

        things = await asyncio.gather(*(ensure(position, name) for position, name in enumerate(names)))
        return dict(zip(names, things, strict=True))

    async def _product(
        self, product: Product, found: Thing | None, categories: dict[str, Thing], tags: dict[str, Thing]
    ) -> Thing:
        body = {
            "name": product.name,
            "description": product.description,
            "category_id": categories[product.category]["category_id"],
            "tag_ids": [tags[name]["tag_id"] for name in product.tags],
            "unit": product.unit,
            "allergens": list(product.allergens),
        }
        thing = found or await self._writer.create("/api/products", product.name, body)
        if not thing["image_urls"]:
            path = f"/api/products/{thing['product_id']}/images?alt={quote(product.name)}"
            picture = draw(product.drawing, product.background)
            await self._writer.upload(path, product.drawing, picture, "image/svg+xml")
        return thing

    async def _prices(self, products: list[Thing]) -> None:
        ids = [product["product_id"] for product in products]
        found = await self._writer.get(f"/api/prices?product_ids={','.join(ids)}")
        priced = {price["product_id"] for price in found["items"]}
        missing = [
            {"product_id": product_id, "unit_price": product.price, "currency_code": CURRENCY}
            for product_id, product in zip(ids, PRODUCTS, strict=True)
            if product_id not in priced
        ]
        await asyncio.gather(
            *(self._writer.create("/api/prices", price["product_id"], price) for price in missing)
        )

    async def _discount(self, products: list[Thing]) -> None:
        campaigns, discounts = await asyncio.gather(
            self._writer.items("/api/campaigns"), self._writer.items("/api/discounts")
        )
        campaign = next((each for each in campaigns if each["name"] == CAMPAIGN["name"]), None)
        if campaign is None:
            campaign = await self._writer.create("/api/campaigns", CAMPAIGN["name"], CAMPAIGN)
        if any(each["campaign_id"] == campaign["campaign_id"] for each in discounts):
            return
        product = next(each for each in products if each["name"] == DISCOUNTED_PRODUCT)
        body = {**DISCOUNT, "campaign_id": campaign["campaign_id"], "product_id": product["product_id"]}
        await self._writer.create("/api/discounts", product["product_id"], body)

    async def _coupons(self) -> None:
        known = {coupon["code"] for coupon in await self._writer.items("/api/coupons")}
        missing = [coupon for coupon in COUPONS if coupon["code"] not in known]
        await asyncio.gather(
            *(self._writer.create("/api/coupons", coupon["code"], coupon) for coupon in missing)
        )
