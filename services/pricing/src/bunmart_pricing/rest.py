"""REST of the pricing service: everybody reads prices and asks for quotes, admins keep the rest."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.money import Currency
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import ANSWERS_NOT_STORED, UnitOfWork
from bunmart_chassis.validation import require_uuids
from litestar import Controller, delete, get, post, put
from litestar.params import QueryParameter

from bunmart_pricing.domain import Campaign, Coupon, Discount, Price, Terms
from bunmart_pricing.schemas import (
    CampaignInput,
    CampaignReplacement,
    CampaignView,
    CouponInput,
    CouponReplacement,
    CouponView,
    DiscountInput,
    DiscountReplacement,
    DiscountView,
    PriceInput,
    PriceReplacement,
    PriceView,
    QuoteInput,
    QuoteView,
    campaign_view,
    coupon_view,
    discount_view,
    price_view,
    quote_view,
)
from bunmart_pricing.service import Entities, Lookup, Quotes

ADMIN = (requires(Role.ADMIN),)
ProductIds = Annotated[
    str | None, QueryParameter(name="product_ids", description="Up to 100 product ids, comma-separated")
]


class PriceController(Controller):
    """Unit prices."""

    path = "/api/prices"
    tags = ("prices",)

    @get("/", operation_id="ListPrices")
    async def list_prices(
        self,
        prices: Entities[Price],
        lookup: Lookup,
        page: PageRequest,
        product_ids: ProductIds = None,
        currency_code: Currency | None = None,
    ) -> Page[PriceView]:
        """List all prices, newest first, or those of some products that hold now, in one currency."""
        if product_ids is not None:
            wanted = require_uuids("product_ids", product_ids.split(","), most=100)
            found = await lookup.find_current_prices(wanted, currency_code or "")
            return Page(items=[price_view(price) for price in found])
        return (await prices.list_page(page)).map(price_view)

    @get("/product/{product_id:uuid}", operation_id="GetPriceOfProduct")
    async def of_product(
        self, product_id: UUID, lookup: Lookup, currency_code: Currency | None = None
    ) -> PriceView:
        """Read a product's current price, in the shop's default currency if nothing else is asked for."""
        return price_view(await lookup.get_price_of(product_id, currency_code or ""))

    @post("/", operation_id="CreatePrice", guards=ADMIN)
    async def create(
        self, unit: UnitOfWork, data: PriceInput, prices: Entities[Price], terms: Terms
    ) -> PriceView:
        """Give a product its price (admins)."""
        return price_view(await prices.create(unit, data.values(terms)))

    @put("/{price_id:uuid}", operation_id="ChangePrice", guards=ADMIN)
    async def change(
        self, unit: UnitOfWork, price_id: UUID, data: PriceReplacement, prices: Entities[Price], terms: Terms
    ) -> PriceView:
        """Change a price (admins); every field is named, null for none.

        Orders keep the price they were placed with.
        """
        return price_view(await prices.change(unit, price_id, data.values(terms)))

    @delete("/{price_id:uuid}", operation_id="DeletePrice", guards=ADMIN)
    async def remove(self, unit: UnitOfWork, price_id: UUID, prices: Entities[Price]) -> None:
        """Delete a price (admins). The product can no longer be ordered."""
        await prices.remove(unit, price_id)


class CampaignController(Controller):
    """Campaigns (admins)."""

    path = "/api/campaigns"
    tags = ("campaigns",)
    guards = ADMIN

    @get("/", operation_id="ListCampaigns")
    async def list_campaigns(self, campaigns: Entities[Campaign], page: PageRequest) -> Page[CampaignView]:
        """List campaigns, newest first."""
        return (await campaigns.list_page(page)).map(campaign_view)

    @get("/{campaign_id:uuid}", operation_id="GetCampaign")
    async def get_one(self, campaign_id: UUID, campaigns: Entities[Campaign]) -> CampaignView:
        """Read a campaign."""
        return campaign_view(await campaigns.get(campaign_id))

    @post("/", operation_id="CreateCampaign")
    async def create(
        self, unit: UnitOfWork, data: CampaignInput, campaigns: Entities[Campaign], terms: Terms
    ) -> CampaignView:
        """Create a campaign."""
        return campaign_view(await campaigns.create(unit, data.values(terms)))

    @put("/{campaign_id:uuid}", operation_id="ChangeCampaign")
    async def change(
        self,
        unit: UnitOfWork,
        campaign_id: UUID,
        data: CampaignReplacement,
        campaigns: Entities[Campaign],
        terms: Terms,
    ) -> CampaignView:
        """Change a campaign; every field is named, null for none."""
        return campaign_view(await campaigns.change(unit, campaign_id, data.values(terms)))

    @delete("/{campaign_id:uuid}", operation_id="DeleteCampaign")
    async def remove(self, unit: UnitOfWork, campaign_id: UUID, campaigns: Entities[Campaign]) -> None:
        """Delete a campaign and its discounts."""
        await campaigns.remove(unit, campaign_id)


class DiscountController(Controller):
    """Discounts (admins)."""

    path = "/api/discounts"
    tags = ("discounts",)
    guards = ADMIN

    @get("/", operation_id="ListDiscounts")
    async def list_discounts(self, discounts: Entities[Discount], page: PageRequest) -> Page[DiscountView]:
        """List discounts, newest first."""
        return (await discounts.list_page(page)).map(discount_view)

    @get("/{discount_id:uuid}", operation_id="GetDiscount")
    async def get_one(self, discount_id: UUID, discounts: Entities[Discount]) -> DiscountView:
        """Read a discount."""
        return discount_view(await discounts.get(discount_id))

    @post("/", operation_id="CreateDiscount")
    async def create(
        self, unit: UnitOfWork, data: DiscountInput, discounts: Entities[Discount], terms: Terms
    ) -> DiscountView:
        """Create a discount."""
        return discount_view(await discounts.create(unit, data.values(terms)))

    @put("/{discount_id:uuid}", operation_id="ChangeDiscount")
    async def change(
        self,
        unit: UnitOfWork,
        discount_id: UUID,
        data: DiscountReplacement,
        discounts: Entities[Discount],
        terms: Terms,
    ) -> DiscountView:
        """Change a discount; every field is named, null for none."""
        return discount_view(await discounts.change(unit, discount_id, data.values(terms)))

    @delete("/{discount_id:uuid}", operation_id="DeleteDiscount")
    async def remove(self, unit: UnitOfWork, discount_id: UUID, discounts: Entities[Discount]) -> None:
        """Delete a discount."""
        await discounts.remove(unit, discount_id)


class CouponController(Controller):
    """Coupons (admins)."""

    path = "/api/coupons"
    tags = ("coupons",)
    guards = ADMIN

    @get("/", operation_id="ListCoupons")
    async def list_coupons(self, coupons: Entities[Coupon], page: PageRequest) -> Page[CouponView]:
        """List coupons, newest first."""
        return (await coupons.list_page(page)).map(coupon_view)

    @get("/{coupon_id:uuid}", operation_id="GetCoupon")
    async def get_one(self, coupon_id: UUID, coupons: Entities[Coupon]) -> CouponView:
        """Read a coupon."""
        return coupon_view(await coupons.get(coupon_id))

    @post("/", operation_id="CreateCoupon")
    async def create(
        self, unit: UnitOfWork, data: CouponInput, coupons: Entities[Coupon], terms: Terms
    ) -> CouponView:
        """Create a coupon."""
        return coupon_view(await coupons.create(unit, data.values(terms)))

    @put("/{coupon_id:uuid}", operation_id="ChangeCoupon")
    async def change(
        self,
        unit: UnitOfWork,
        coupon_id: UUID,
        data: CouponReplacement,
        coupons: Entities[Coupon],
        terms: Terms,
    ) -> CouponView:
        """Change a coupon; every field is named, null for none."""
        return coupon_view(await coupons.change(unit, coupon_id, data.values(terms)))

    @delete("/{coupon_id:uuid}", operation_id="DeleteCoupon")
    async def remove(self, unit: UnitOfWork, coupon_id: UUID, coupons: Entities[Coupon]) -> None:
        """Delete a coupon."""
        await coupons.remove(unit, coupon_id)


class QuoteController(Controller):
    """Quotes for a cart, before an address or an order."""

    path = "/api/quotes"
    tags = ("quotes",)
    opt = ANSWERS_NOT_STORED

    @post("/", status_code=200, operation_id="Quote")
    async def quote(self, data: QuoteInput, visitor: Principal | None, quotes: Quotes) -> QuoteView:
        """Price items with coupons: lines, each reduction by name, delivery, tax and total.

        A coupon that cannot be used is left out and named with its reason. Nothing is reserved. Limits per
        customer count for somebody who is signed in.
        """
        return quote_view(await quotes.quote(data.order(None if visitor is None else visitor.user_id)))
