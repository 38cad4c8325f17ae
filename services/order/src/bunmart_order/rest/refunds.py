"""REST of the refunds of an order."""

from decimal import Decimal
from uuid import UUID

from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import require_text
from litestar import Controller, get, post

from bunmart_order.schemas import NewRefund
from bunmart_order.service import Orders
from bunmart_order.views import RefundView, refund_view


class RefundController(Controller):
    """Refunds of an order."""

    path = "/api/orders"
    tags = ("orders",)

    @post("/{order_id:uuid}/refunds", operation_id="RefundOrder", guards=[requires(Role.ADMIN)])
    async def refund(
        self, order_id: UUID, data: NewRefund, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> RefundView:
        """Give an amount back, the price of pieces, or all that is left (admins).

        All that is left of an order that is not shipped yet cancels it.
        """
        if data.lines and data.amount is not None:
            raise InvalidArgumentError.field("amount", "cannot come together with lines")
        pieces: dict[UUID, int] = {}
        for line in data.lines:
            pieces[line.product_id] = pieces.get(line.product_id, 0) + line.quantity
        refund = await orders.refund(
            unit,
            order_id,
            amount=None if data.amount is None else Decimal(data.amount),
            pieces=pieces,
            actor=f"user:{principal.user_id}",
            reason=require_text("reason", data.reason),
        )
        return refund_view(refund, principal)

    @get("/{order_id:uuid}/refunds", operation_id="ListRefunds")
    async def list_refunds(self, order_id: UUID, principal: Principal, orders: Orders) -> list[RefundView]:
        """List the refunds of an order, oldest first."""
        principal.require_self((await orders.get_without_lines(order_id)).user_id)
        return [refund_view(refund, principal) for refund in await orders.list_refunds(order_id)]
