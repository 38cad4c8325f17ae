"""From the intent to the full order."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from bunmart.pricing.v1 import pricing_pb2
from bunmart.user.v1 import user_pb2
from bunmart_chassis.errors import (
    AbortedError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
)
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderLine, OrderStatus
from bunmart_order.outbox import InvalidateCart
from bunmart_order.service.base import FullOrder, UseCases, existing, record

DEFAULT_CURRENCY = "EUR"


class Placing(UseCases):
    """Checkout and the order page."""

    async def create_intent(
        self, user_id: UUID, items: Iterable[tuple[UUID, int]], cart_id: UUID | None, *, actor: str
    ) -> Order:
        """Create a partial order (order intent): products and quantities, no prices yet.

        Raises:
            InvalidArgumentError: Too many pieces of a product.
            NotFoundError: The user does not exist or is not active (USER_NOT_FOUND).
        """
        merged = domain.merge_items(items)
        domain.require_quantities(merged)
        if not await self.clients.is_active_user(user_id):
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")
        order = _new_order(user_id, cart_id)
        lines = [
            OrderLine(order.id, product_id, position, quantity, None, None)
            for position, (product_id, quantity) in enumerate(merged.items())
        ]
        async with self.database.transaction() as unit:
            await queries.ADD_ORDER.add(unit, order)
            await queries.ADD_LINE.add_all(unit, lines)
            await record(unit, order, None, OrderStatus.PENDING, actor, "order intent")
            if cart_id is not None:
                unit.enqueue(InvalidateCart(cart_id, order.id, list(merged)), dedupe_key=str(order.id))
        return order

    async def set_details(
        self,
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
            full: The order as its reader saw it.
            coupon_codes: Coupons to apply.
            address_id: Delivery address.
            billing_address_id: If it differs.

        Raises:
            FailedPreconditionError: The order is not pending, or a coupon cannot be used.
            InvalidArgumentError: An address is not one of the user's.
        """
        _require_pending(full.order)
        addresses, pricing = await asyncio.gather(
            self.clients.addresses(full.order.user_id),
            self.clients.price(full.order.user_id, full.lines, coupon_codes),
        )
        address = addresses.get(address_id)
        if address is None:
            raise InvalidArgumentError.field("address_id", "is not an address of this user")
        if billing_address_id is not None and billing_address_id not in addresses:
            raise InvalidArgumentError.field("billing_address_id", "is not an address of this user")
        async with self.database.transaction() as unit:
            order = await self._store_details(
                unit, full.order.id, pricing, coupon_codes, address, billing_address_id
            )
            lines = await _price_lines(unit, full, pricing)
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
            _require_pending(await existing(unit, order_id))
            raise AbortedError("The order changed meanwhile; try again.")
        return order


async def _price_lines(
    unit: UnitOfWork, full: FullOrder, pricing: pricing_pb2.CalculateOrderPricingResponse
) -> list[OrderLine]:
    priced = {UUID(line.product_id): line for line in pricing.lines}
    if not priced.keys() >= {line.product_id for line in full.lines}:
        raise UnavailableError("pricing left out a line; retry in a moment.", code="PEER_FAILED")
    lines = [
        msgspec.structs.replace(
            line,
            unit_price=Decimal(priced[line.product_id].unit_price),
            line_total=Decimal(priced[line.product_id].line_total),
        )
        for line in full.lines
    ]
    await queries.PRICE_LINE.run_many(
        unit,
        [
            {
                "of": line.order_id,
                "product": line.product_id,
                "unit_price": line.unit_price,
                "line_total": line.line_total,
            }
            for line in lines
        ],
    )
    return lines


def _new_order(user_id: UUID, cart_id: UUID | None) -> Order:
    now = datetime.now(UTC)
    return Order(
        id=new_id(),
        user_id=user_id,
        cart_id=cart_id,
        status=OrderStatus.PENDING,
        currency_code=DEFAULT_CURRENCY,
        subtotal=None,
        discount_total=None,
        shipping_total=None,
        total=None,
        coupon_codes=[],
        shipping_address_id=None,
        billing_address_id=None,
        shipping_address=None,
        payment_id=None,
        payment_status=None,
        production_order_id=None,
        shipment_id=None,
        created_at=now,
        updated_at=now,
    )


def _snapshot(address: user_pb2.AddressInfo) -> dict[str, str]:
    """The address as it was when the order was placed: a later edit must not move a parcel."""
    names = ("line1", "line2", "city", "state", "postal_code", "country")
    return {name: getattr(address, name) for name in names}


def _require_pending(order: Order) -> None:
    if order.status is not OrderStatus.PENDING:
        raise FailedPreconditionError(
            f"An order that is {order.status} cannot be changed.", code="ORDER_NOT_PENDING"
        )
