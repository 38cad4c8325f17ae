"""REST requests of the order service. Money is a decimal string in major units."""

from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.money import Amount, Currency
from bunmart_chassis.rest import FreeText, Schema
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_order.domain import MAX_NOTE, OrderStatus

Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY, description="Pieces")]
Coupon = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Note = Annotated[FreeText, msgspec.Meta(max_length=MAX_NOTE)]
Reason = Annotated[FreeText, msgspec.Meta(max_length=200)]


class NewOrderLine(Schema):
    """A product to order."""

    product_id: UUID
    quantity: Quantity
    note: Note = ""


class NewOrder(Schema):
    """An order intent without a cart."""

    items: Annotated[list[NewOrderLine], msgspec.Meta(min_length=1, max_length=100)]
    note: Note = ""


class ChangedLine(Schema):
    """Pieces of a product and the note to them."""

    quantity: Quantity
    note: Note


class OrderDetails(Schema):
    """The choices of the customer on the order page.

    Attributes:
        address_id: Delivery address, one of the user's.
        billing_address_id: If it differs; not one of type SHIPPING.
        coupon_codes: Coupons to apply.
        currency_code: In which the customer pays, as in his quote; without it in the shop's default one, or
            the first in which all products have a price.
        user_id: The customer; only checked against the token.
    """

    address_id: UUID
    billing_address_id: UUID | None = None
    coupon_codes: Annotated[list[Coupon], msgspec.Meta(max_length=5)] = []
    currency_code: Currency | None = None
    user_id: UUID | None = None


class NewStatus(Schema):
    """A state set by hand: packed, completed or cancelled."""

    status: OrderStatus
    reason: Reason = ""


class Cancellation(Schema):
    """The end of an order."""

    reason: Reason = ""


class RefundedLine(Schema):
    """Pieces of a product that are given back."""

    product_id: UUID
    quantity: Quantity


class NewRefund(Schema, kw_only=True):
    """Money to give back: an amount, or the price of pieces; neither for all that is left."""

    amount: Amount | None = None
    lines: Annotated[list[RefundedLine], msgspec.Meta(max_length=100)] = []
    reason: Annotated[FreeText, msgspec.Meta(min_length=1, max_length=200)]
