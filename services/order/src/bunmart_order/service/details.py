"""The use case of the order page: coupons, address and prices make an order intent a full order."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart.pricing.v1 import pricing_pb2
from bunmart.user.v1 import user_pb2
from bunmart_chassis.errors import AbortedError, InvalidArgumentError, UnavailableError
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderLine
from bunmart_order.service.base import FullOrder, UseCases, read_order


class Details(UseCases):
    """The details of an order."""

    async def set_details(
        self,
        unit: UnitOfWork,
        full: FullOrder,
        *,
        coupon_codes: Sequence[str],
        address_id: UUID,
        billing_address_id: UUID | None,
    ) -> FullOrder:
        """Make the intent a full order: prices, coupons, delivery address. May be repeated until it is paid.

        An open payment intent is forgotten, because its amount may be wrong now: if it is paid all the same,
        the money is refused and refunded.

        Args:
            unit: The unit of work of the call.
            full: The order as its reader saw it.
            coupon_codes: Coupons to apply.
            address_id: Delivery address.
            billing_address_id: If it differs.

        Raises:
            AbortedError: The order was changed meanwhile (ABORTED).
            FailedPreconditionError: The order is not pending (ORDER_NOT_PENDING), or a coupon cannot be used.
            InvalidArgumentError: An address is not one of the user's (``address_id``,
                ``billing_address_id``).
            UnavailableError: pricing did not price every line (PEER_FAILED).
        """
        domain.require_pending(full.order)
        addresses, pricing = await asyncio.gather(
            self.clients.addresses(full.order.user_id),
            self.clients.price(full.order.user_id, full.lines, coupon_codes),
        )
        address = addresses.get(address_id)
        if address is None:
            raise InvalidArgumentError.field("address_id", "is not an address of this user")
        if billing_address_id is not None and billing_address_id not in addresses:
            raise InvalidArgumentError.field("billing_address_id", "is not an address of this user")
        lines = _price_lines(full.lines, pricing)
        order = await self._store_details(
            unit, full.order.id, pricing, coupon_codes, address, billing_address_id
        )
        await queries.PRICE_LINE.run_many(unit, map(_line_prices, lines))
        return FullOrder(order, lines)

    async def _store_details(
        self,
        unit: UnitOfWork,
        order_id: UUID,
        pricing: pricing_pb2.CalculateOrderPricingResponse,
        coupon_codes: Sequence[str],
        address: user_pb2.AddressInfo,
        billing_address_id: UUID | None,
    ) -> Order:
        goods = Decimal(pricing.total)
        fee = domain.shipping_total(
            goods, fee=self.settings.shipping_fee, free_from=self.settings.free_shipping_from
        )
        order = await queries.SET_DETAILS.first(
            unit,
            order_id=order_id,
            currency_code=pricing.currency_code,
            subtotal=Decimal(pricing.subtotal),
            discount_total=Decimal(pricing.discount_total),
            shipping_total=fee,
            total=goods + fee,
            coupon_codes=list(coupon_codes),
            shipping_address_id=UUID(address.address_id),
            billing_address_id=billing_address_id,
            shipping_address=_snapshot(address),
            payment_id=None,
            payment_status=None,
        )
        if order is None:
            domain.require_pending(await read_order(unit, order_id))
            raise AbortedError("The order changed meanwhile; try again.")
        return order


def _price_lines(
    lines: Sequence[OrderLine], pricing: pricing_pb2.CalculateOrderPricingResponse
) -> list[OrderLine]:
    priced = {UUID(line.product_id): line for line in pricing.lines}
    if not priced.keys() >= {line.product_id for line in lines}:
        raise UnavailableError("pricing left out a line; retry in a moment.", code="PEER_FAILED")
    return [
        msgspec.structs.replace(
            line,
            unit_price=Decimal(priced[line.product_id].unit_price),
            line_total=Decimal(priced[line.product_id].line_total),
        )
        for line in lines
    ]


def _line_prices(line: OrderLine) -> dict[str, object]:
    return {
        "of": line.order_id,
        "product": line.product_id,
        "unit_price": line.unit_price,
        "line_total": line.line_total,
    }


def _snapshot(address: user_pb2.AddressInfo) -> dict[str, str]:
    """Copy the address as it is now: a later edit must not move a parcel."""
    names = ("line1", "line2", "city", "state", "postal_code", "country")
    return {name: getattr(address, name) for name in names}
