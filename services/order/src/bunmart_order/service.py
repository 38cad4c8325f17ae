"""Use cases of the order service. REST, gRPC and jobs call these and nothing else.

Every change locks the order's row (SELECT … FOR UPDATE) in its one transaction; peers are called before it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from bunmart.pricing.v1 import pricing_pb2
from bunmart.user.v1 import user_pb2
from bunmart_chassis.db import Database, Executor, UnitOfWork
from bunmart_chassis.errors import (
    AbortedError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of

from bunmart_order import domain, queries
from bunmart_order.clients import Clients
from bunmart_order.domain import Order, OrderEvent, OrderLine, OrderStatus
from bunmart_order.outbox import AnnounceStatus, CheckPayment, CompleteOrder, InvalidateCart
from bunmart_order.settings import Settings

DEFAULT_CURRENCY = "EUR"


class FullOrder(NamedTuple):
    """An order with its lines."""

    order: Order
    lines: list[OrderLine]


class PaymentRequest(NamedTuple):
    """What the payment page needs; without an id nothing was to be paid and the order is paid."""

    payment_id: UUID | None
    client_secret: str


class Orders:
    """The use cases."""

    def __init__(self, database: Database, clients: Clients, settings: Settings) -> None:
        self._database = database
        self._clients = clients
        self._settings = settings

    async def create_intent(
        self, user_id: UUID, items: Iterable[tuple[UUID, int]], cart_id: UUID | None, *, actor: str
    ) -> Order:
        """Create a partial order (order intent): products and quantities, no prices yet.

        Raises:
            NotFoundError: The user does not exist or is not active (USER_NOT_FOUND).
        """
        merged = domain.merge_items(items)
        if not await self._clients.is_active_user(user_id):
            raise NotFoundError(f"No active user {user_id}.", code="USER_NOT_FOUND")
        order = _new_order(user_id, cart_id)
        lines = [
            OrderLine(order.id, product_id, position, quantity, None, None)
            for position, (product_id, quantity) in enumerate(merged.items())
        ]
        async with self._database.transaction() as unit:
            await queries.ADD_ORDER.add(unit, order)
            await queries.ADD_LINE.add_all(unit, lines)
            await _record(unit, order, None, OrderStatus.PENDING, actor, "order intent")
            if cart_id is not None:
                unit.enqueue(InvalidateCart(cart_id, order.id, list(merged)), dedupe_key=str(order.id))
        return order

    async def get(self, order_id: UUID) -> FullOrder:
        """One order with its lines (NOT_FOUND)."""
        order = await _existing(self._database, order_id)
        return FullOrder(order, await queries.LINES_OF.all(self._database, ids=[order_id]))

    async def status(self, order_id: UUID) -> Order:
        """One order without its lines (NOT_FOUND)."""
        return await _existing(self._database, order_id)

    async def history(self, order_id: UUID) -> list[OrderEvent]:
        """What happened to an order, oldest first."""
        return await queries.EVENTS_OF.all(self._database, order_id=order_id)

    async def list_page(
        self, *, user_id: UUID | None, status: OrderStatus | None, size: int, after: UUID | None
    ) -> Page[FullOrder]:
        """Orders of a user, or all (of one status), newest first."""
        shape = "user" if user_id else "status" if status else "all"
        query = queries.PAGES[shape, after is not None]
        orders = await query.all(self._database, user_id=user_id, status=status, after=after, limit=size + 1)
        lines: dict[UUID, list[OrderLine]] = {order.id: [] for order in orders}
        for line in await queries.LINES_OF.all(self._database, ids=list(lines)):
            lines[line.order_id].append(line)
        return page_of(
            [FullOrder(order, lines[order.id]) for order in orders], size, lambda full: full.order.id
        )

    async def set_details(
        self,
        order_id: UUID,
        *,
        coupon_codes: Sequence[str],
        address_id: UUID,
        billing_address_id: UUID | None,
    ) -> FullOrder:
        """Make the intent a full order: prices, coupons, delivery address. May be repeated until it is paid.

        An open payment intent is forgotten, because its amount may be wrong now: if it is paid all the same,
        the money is refused and refunded.

        Raises:
            FailedPreconditionError: The order is not pending, or a coupon cannot be used.
            InvalidArgumentError: An address is not one of the user's.
        """
        full = await self.get(order_id)
        _require_pending(full.order)
        addresses, pricing = await asyncio.gather(
            self._clients.addresses(full.order.user_id),
            self._clients.price(full.order.user_id, full.lines, coupon_codes),
        )
        address = addresses.get(address_id)
        if address is None:
            raise InvalidArgumentError.field("address_id", "is not an address of this user")
        if billing_address_id is not None and billing_address_id not in addresses:
            raise InvalidArgumentError.field("billing_address_id", "is not an address of this user")
        async with self._database.transaction() as unit:
            _require_pending(await _locked(unit, order_id))
            await self._store_details(unit, order_id, pricing, coupon_codes, address, billing_address_id)
            order = await _existing(unit, order_id)
            lines = await queries.LINES_OF.all(unit, ids=[order_id])
        return FullOrder(order, lines)

    async def _store_details(
        self,
        unit: UnitOfWork,
        order_id: UUID,
        pricing: pricing_pb2.CalculateOrderPricingResponse,
        coupon_codes: Sequence[str],
        address: user_pb2.AddressInfo,
        billing_address_id: UUID | None,
    ) -> None:
        goods = Decimal(pricing.total)
        fee = domain.shipping_total(
            goods, fee=self._settings.shipping_fee, free_from=self._settings.free_shipping_from
        )
        await queries.SET_DETAILS.run(
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
        await queries.PRICE_LINE.run_many(
            unit,
            [
                {
                    "of": order_id,
                    "product": UUID(line.product_id),
                    "unit_price": Decimal(line.unit_price),
                    "line_total": Decimal(line.line_total),
                }
                for line in pricing.lines
            ],
        )

    async def request_payment(self, order_id: UUID, *, actor: str) -> PaymentRequest:
        """Open a payment intent for a full order; the order stays pending until it is paid.

        Raises:
            FailedPreconditionError: Not pending (ORDER_NOT_PAYABLE) or without details (ORDER_INCOMPLETE).
            AbortedError: The order changed meanwhile; press Pay again.
        """
        order = await _existing(self._database, order_id)
        amount = domain.require_payable(order)
        if amount == 0:
            await self._move(order_id, OrderStatus.PAID, actor=actor, reason="nothing to pay")
            return PaymentRequest(None, "")
        intent = await self._clients.create_payment_intent(order, amount)
        payment_id = UUID(intent.payment_id)
        async with self._database.transaction() as unit:
            locked = await _locked(unit, order_id)
            if domain.require_payable(locked) != amount:
                raise AbortedError("The order's total changed meanwhile; press Pay again.")
            await queries.SET_PAYMENT.run(
                unit, order_id=order_id, payment_id=payment_id, payment_status=intent.status
            )
            unit.enqueue(
                CheckPayment(order_id, payment_id),
                dedupe_key=str(payment_id),
                delay_seconds=self._settings.payment_check_seconds,
            )
        return PaymentRequest(payment_id, intent.client_secret)

    async def record_payment_result(
        self, order_id: UUID, payment_id: UUID, status: str, *, actor: str
    ) -> None:
        """Take note of a payment's outcome; a success makes the order paid, a failure leaves it payable.

        Raises:
            FailedPreconditionError: The money is not for this order as it is now (ORDER_NOT_PAYABLE).
        """
        async with self._database.transaction() as unit:
            order = await _locked(unit, order_id)
            if status == "SUCCEEDED":
                if not domain.accepts_payment(order, payment_id):
                    return
                await queries.SET_PAYMENT_STATUS.run(unit, order_id=order_id, payment_status=status)
                await self._apply(unit, order, OrderStatus.PAID, actor, f"payment {payment_id}")
            elif order.payment_id == payment_id and order.payment_status != status:
                await queries.SET_PAYMENT_STATUS.run(unit, order_id=order_id, payment_status=status)
                await _record(
                    unit, order, order.status, order.status, actor, f"payment {payment_id} {status}"
                )

    async def produce(self, order_id: UUID, *, actor: str) -> UUID:
        """Start production of a paid order; returns the production order's id, also when repeated."""
        full = await self.get(order_id)
        if full.order.production_order_id is not None:
            return full.order.production_order_id
        domain.transition(full.order.status, OrderStatus.PRODUCTION)
        production_order_id = await self._clients.create_production_order(order_id, full.lines)
        async with self._database.transaction() as unit:
            order = await _locked(unit, order_id)
            await queries.SET_PRODUCTION.run(unit, order_id=order_id, production_order_id=production_order_id)
            if not domain.has_passed(order.status, OrderStatus.PRODUCTION):
                await self._apply(unit, order, OrderStatus.PRODUCTION, actor, "produce")
        return production_order_id

    async def request_shipping(self, order_id: UUID) -> UUID:
        """Ask for delivery of a packed order; returns the shipment's id, also when repeated."""
        full = await self.get(order_id)
        if full.order.shipment_id is not None:
            return full.order.shipment_id
        if full.order.status is not OrderStatus.PACKED:
            raise FailedPreconditionError(
                f"An order that is {full.order.status} cannot be shipped; pack it first.",
                code="ORDER_NOT_PACKED",
            )
        shipment_id = await self._clients.create_shipment(full.order, full.lines)
        async with self._database.transaction() as unit:
            await _locked(unit, order_id)
            await queries.SET_SHIPMENT.run(unit, order_id=order_id, shipment_id=shipment_id)
        return shipment_id

    async def set_status(self, order_id: UUID, target: OrderStatus, *, actor: str, reason: str) -> FullOrder:
        """Move an order by hand: packed, completed, cancelled (FAILED_PRECONDITION for the others)."""
        if target not in domain.BY_HAND:
            raise FailedPreconditionError(
                f"{target} is reported by the service that does it; by hand: "
                f"{', '.join(sorted(domain.BY_HAND))}.",
                code="ORDER_STATUS_NOT_BY_HAND",
            )
        await self._move(order_id, target, actor=actor, reason=reason)
        return await self.get(order_id)

    async def report(self, order_id: UUID, target: OrderStatus, *, actor: str, reason: str) -> None:
        """A peer reports a state (prepared, shipping, shipped); what it reported long ago is acknowledged."""
        await self._move(order_id, target, actor=actor, reason=reason, late_is_repeat=True)

    async def delivered_order(self, user_id: UUID, product_id: UUID) -> UUID | None:
        """The latest delivered order of that user with that product."""
        found = await queries.DELIVERED_ORDER.first(self._database, user_id=user_id, product_id=product_id)
        return UUID(str(found)) if found is not None else None

    async def _move(
        self,
        order_id: UUID,
        target: OrderStatus,
        *,
        actor: str,
        reason: str,
        late_is_repeat: bool = False,
    ) -> None:
        async with self._database.transaction() as unit:
            order = await _locked(unit, order_id)
            if late_is_repeat and domain.has_passed(order.status, target):
                return
            await self._apply(unit, order, target, actor, reason)

    async def _apply(
        self, unit: UnitOfWork, order: Order, target: OrderStatus, actor: str, reason: str
    ) -> None:
        if not domain.transition(order.status, target):
            return
        await queries.SET_STATUS.run(unit, order_id=order.id, status=target)
        await _record(unit, order, order.status, target, actor, reason)
        if target in domain.ANNOUNCED:
            unit.enqueue(AnnounceStatus(order.id, order.user_id, target), dedupe_key=f"{order.id}:{target}")
        if target is OrderStatus.SHIPPED:
            unit.enqueue(
                CompleteOrder(order.id),
                dedupe_key=str(order.id),
                delay_seconds=self._settings.complete_after_seconds,
            )


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


async def _existing(executor: Executor, order_id: UUID) -> Order:
    return _found(await queries.ORDER.first(executor, id=order_id), order_id)


async def _locked(unit: UnitOfWork, order_id: UUID) -> Order:
    return _found(await queries.ORDER_FOR_UPDATE.first(unit, id=order_id), order_id)


def _found(order: Order | None, order_id: UUID) -> Order:
    if order is None:
        raise NotFoundError(f"No order {order_id}.", code="ORDER_NOT_FOUND")
    return order


async def _record(
    unit: UnitOfWork, order: Order, before: OrderStatus | None, after: OrderStatus, actor: str, reason: str
) -> None:
    event = OrderEvent(new_id(), order.id, before, after, actor, reason, datetime.now(UTC))
    await queries.ADD_EVENT.add(unit, event)
