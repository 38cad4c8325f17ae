"""The use case of the order page: coupons, address and prices make an order intent a full order."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from bunmart.pricing.v1.pricing_pb2 import CalculateOrderPricingResponse
from bunmart.user.v1 import user_pb2
from bunmart_chassis.errors import AbortedError, InvalidArgumentError
from bunmart_chassis.storage import UnitOfWork
from bunmart_chassis.validation import require_line

from bunmart_order import domain, queries
from bunmart_order.domain import Order, OrderLine
from bunmart_order.service.base import FullOrder, UseCases, require_order
from bunmart_order.service.quotes import priced_lines, priced_order

MAX_CODE = 40
"""Characters of a coupon's code."""
_SHIPPING, _BILLING = "SHIPPING", "BILLING"


class _Address(NamedTuple):
    """An address that the customer chose, as it is now."""

    id: UUID | None
    snapshot: dict[str, str]


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
        currency: str = "",
    ) -> FullOrder:
        """Make the intent a full order: prices, coupons, delivery address. May be repeated until it is paid.

        An open payment stays the order's when total, currency, coupons and address are the same. Otherwise it
        is forgotten: if it is paid all the same, the money is refused and refunded.

        Args:
            unit: The unit of work of the call.
            full: The order as its reader saw it.
            coupon_codes: Coupons to apply; one that comes twice counts once, in upper and lower case alike.
            address_id: Delivery address.
            billing_address_id: If it differs.
            currency: In which the customer pays; empty for the default one, or one that all products have.

        Raises:
            AbortedError: The order was changed meanwhile (ABORTED).
            FailedPreconditionError: The order is not pending (ORDER_NOT_PENDING), a coupon cannot be used
                (COUPON_NOT_USABLE), or a product cannot be bought (PRODUCT_NOT_FOR_SALE).
            InvalidArgumentError: An address is not one of the user's, or for something else (``address_id``,
                ``billing_address_id``), a coupon's code is blank (``coupon_codes``), or the shop does not
                sell in that currency (``currency_code``).
            UnavailableError: pricing did not price every line (PEER_FAILED).
        """
        domain.require_pending(full.order)
        codes = _unique(coupon_codes)
        addresses, customer, pricing = await asyncio.gather(
            self.clients.addresses(full.order.user_id),
            self.clients.contact(full.order.user_id),
            self.clients.price(full.order, full.lines, codes, currency),
        )
        recipient = customer.display_name
        shipping = _require_address(addresses, "address_id", address_id, _BILLING, recipient)
        billing = _Address(None, shipping.snapshot)
        if billing_address_id is not None:
            billing = _require_address(
                addresses, "billing_address_id", billing_address_id, _SHIPPING, recipient
            )
        lines = priced_lines(full.lines, pricing)
        order = await self._store(unit, full.order, pricing, codes, shipping, billing)
        await queries.PRICE_LINE.run_many(unit, map(_line_prices, lines))
        return FullOrder(order, lines)

    async def _store(
        self,
        unit: UnitOfWork,
        seen: Order,
        pricing: CalculateOrderPricingResponse,
        coupon_codes: list[str],
        shipping: _Address,
        billing: _Address,
    ) -> Order:
        order = await queries.SET_DETAILS.first(
            unit,
            order_id=seen.id,
            seen_version=seen.lines_version,
            coupon_codes=coupon_codes,
            shipping_address_id=shipping.id,
            billing_address_id=billing.id,
            shipping_address=shipping.snapshot,
            billing_address=billing.snapshot,
            **priced_order(pricing),
            quoted_at=datetime.now(UTC),
        )
        if order is None:
            domain.require_pending(await require_order(unit, seen.id))
            raise AbortedError("The order changed meanwhile; try again.")
        return order


def _unique(coupon_codes: Sequence[str]) -> list[str]:
    """Write codes as pricing does, in upper case, and each once: ``X`` and ``" x"`` are one coupon."""
    written = (
        require_line(f"coupon_codes[{index}]", code, most=MAX_CODE).upper()
        for index, code in enumerate(coupon_codes)
    )
    return list(dict.fromkeys(written))


def _require_address(
    addresses: Mapping[UUID, user_pb2.AddressInfo], field: str, address_id: UUID, unfit: str, recipient: str
) -> _Address:
    """Copy an address of the user as it is now: a later edit must not move a parcel or change a receipt."""
    address = addresses.get(address_id)
    if address is None:
        raise InvalidArgumentError.field(field, "is not an address of this user")
    if address.type == unfit:
        raise InvalidArgumentError.field(field, f"is an address of type {unfit}")
    names = ("line1", "line2", "city", "state", "postal_code", "country", "type")
    return _Address(address_id, {"recipient": recipient, **{name: getattr(address, name) for name in names}})


def _line_prices(line: OrderLine) -> dict[str, object]:
    return {**msgspec.structs.asdict(line), "of": line.order_id, "product": line.product_id}
