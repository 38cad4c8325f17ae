"""REST of orders: what customers and admins do with them."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import ANSWERS_NOT_STORED, UnitOfWork
from bunmart_chassis.validation import optional_text
from litestar import Controller, delete, get, post, put
from litestar.params import QueryParameter

from bunmart_order.domain import MAX_NOTE, Item, OrderStatus, Party
from bunmart_order.schemas import Cancellation, ChangedLine, NewOrder, NewStatus, OrderDetails
from bunmart_order.service import FullOrder, Orders
from bunmart_order.views import (
    OrderEventView,
    OrderView,
    PaymentIntentView,
    ProductionOrderRef,
    ShipmentRef,
    event_view,
    order_view,
)


def _actor(principal: Principal) -> str:
    return f"user:{principal.user_id}"


class OrderController(Controller):
    """Orders of customers; admins see and move all of them."""

    path = "/api/orders"
    tags = ("orders",)

    @post("/", operation_id="CreateOrder")
    async def create(
        self, data: NewOrder, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> OrderView:
        """Create an order intent without a cart. The usual way is `POST /api/carts/checkout`."""
        items = [
            Item(
                item.product_id,
                item.quantity,
                optional_text(f"items[{index}].note", item.note, most=MAX_NOTE),
            )
            for index, item in enumerate(data.items)
        ]
        note = optional_text("note", data.note, most=MAX_NOTE)
        full = await orders.create_order_intent(
            unit, principal.user_id, items, None, note=note, actor=_actor(principal)
        )
        return order_view(full, principal)

    @get("/", operation_id="ListOrders", guards=[requires(Role.ADMIN)])
    async def list_all(
        self,
        principal: Principal,
        orders: Orders,
        page: PageRequest,
        status: OrderStatus | None = None,
        attention: Annotated[
            bool, QueryParameter(description="Only those that an admin has to look at")
        ] = False,
    ) -> Page[OrderView]:
        """List all orders, newest first, optionally of one status or those with `attention` (admins)."""
        found = await orders.list_page(page, status=status, attention=attention)
        return found.map(lambda full: order_view(full, principal))

    @get("/user/{user_id:uuid}", operation_id="ListOrdersOfUser")
    async def list_of_user(
        self, user_id: UUID, principal: Principal, orders: Orders, page: PageRequest
    ) -> Page[OrderView]:
        """List a customer's orders, newest first."""
        principal.require_self(user_id)
        return (await orders.list_page(page, user_id=user_id)).map(lambda full: order_view(full, principal))

    @get("/{order_id:uuid}", operation_id="GetOrder")
    async def get_one(self, order_id: UUID, principal: Principal, orders: Orders) -> OrderView:
        """Read an order; right after checkout it is the intent, without prices."""
        return order_view(await _require_own(orders, order_id, principal), principal)

    @get("/{order_id:uuid}/history", operation_id="GetOrderHistory")
    async def history(self, order_id: UUID, principal: Principal, orders: Orders) -> list[OrderEventView]:
        """Read what happened to an order, oldest first."""
        principal.require_self((await orders.get_without_lines(order_id)).user_id)
        return [event_view(event, principal) for event in await orders.list_history(order_id)]

    @put("/{order_id:uuid}/details", operation_id="SetOrderDetails")
    async def set_details(
        self,
        order_id: UUID,
        data: OrderDetails,
        principal: Principal,
        orders: Orders,
        unit: UnitOfWork,
    ) -> OrderView:
        """Choose address and coupons; the answer has the prices. May be repeated until the order is paid."""
        full = await _require_own(orders, order_id, principal)
        if data.user_id is not None:
            principal.require_self(data.user_id)
        full = await orders.set_details(
            unit,
            full,
            coupon_codes=data.coupon_codes,
            address_id=data.address_id,
            billing_address_id=data.billing_address_id,
            currency=data.currency_code or "",
        )
        return order_view(full, principal)

    @post(
        "/{order_id:uuid}/request-payment",
        status_code=200,
        operation_id="RequestPayment",
        opt=ANSWERS_NOT_STORED,
    )
    async def request_payment(
        self, order_id: UUID, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> PaymentIntentView:
        """Press Pay: returns what the payment page needs to confirm the payment with Stripe.

        The answer holds a secret, so it is stored under no idempotency key. A repeat while the payment is
        open returns the same one.
        """
        full = await _require_own(orders, order_id, principal)
        request = await orders.request_payment(unit, full, actor=_actor(principal))
        return PaymentIntentView(
            payment_intent_id=str(request.payment_id or ""), client_secret=request.client_secret
        )

    @post(
        "/{order_id:uuid}/produce",
        status_code=200,
        operation_id="ProduceOrder",
        guards=[requires(Role.ADMIN)],
    )
    async def produce(
        self, order_id: UUID, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> ProductionOrderRef:
        """Start production of a paid order (admins)."""
        return ProductionOrderRef(await orders.produce(unit, order_id, actor=_actor(principal)))

    @post(
        "/{order_id:uuid}/request-shipping",
        status_code=200,
        operation_id="RequestShipping",
        guards=[requires(Role.ADMIN)],
    )
    async def request_shipping(self, order_id: UUID, orders: Orders, unit: UnitOfWork) -> ShipmentRef:
        """Ask for delivery of a packed order (admins)."""
        return ShipmentRef(await orders.request_shipping(unit, order_id))

    @put("/{order_id:uuid}/status", operation_id="SetOrderStatus", guards=[requires(Role.ADMIN)])
    async def set_status(
        self, order_id: UUID, data: NewStatus, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> OrderView:
        """Set packed, completed or cancelled by hand (admins)."""
        reason = optional_text("reason", data.reason) or "by hand"
        full = await orders.set_status(unit, order_id, data.status, actor=_actor(principal), reason=reason)
        return order_view(full, principal)

    @delete(
        "/{order_id:uuid}/attention",
        status_code=200,
        operation_id="SettleAttention",
        guards=[requires(Role.ADMIN)],
    )
    async def settle_attention(
        self, order_id: UUID, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> OrderView:
        """Clear `attention` once it is seen to; its text stays in the history (admins)."""
        full = await orders.settle_attention(unit, order_id, actor=_actor(principal))
        return order_view(full, principal)

    @post("/{order_id:uuid}/cancel", status_code=200, operation_id="CancelOrder")
    async def cancel(
        self, order_id: UUID, data: Cancellation, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> OrderView:
        """Cancel an order: customers until it is in production, admins until it is shipped.

        What was paid goes back. The order stays readable as cancelled.
        """
        return await _cancel(orders, unit, order_id, principal, optional_text("reason", data.reason))

    @delete("/{order_id:uuid}", status_code=200, operation_id="DeleteOrder")
    async def cancel_without_reason(
        self, order_id: UUID, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> OrderView:
        """Cancel an order as `POST /api/orders/{id}/cancel` does. It stays readable as cancelled."""
        return await _cancel(orders, unit, order_id, principal, "")

    @put("/{order_id:uuid}/lines/{product_id:uuid}", operation_id="ChangeOrderLine")
    async def change_line(
        self,
        order_id: UUID,
        product_id: UUID,
        data: ChangedLine,
        principal: Principal,
        orders: Orders,
        unit: UnitOfWork,
    ) -> OrderView:
        """Set pieces and note of a line of a pending order; the details are needed anew."""
        item = Item(product_id, data.quantity, optional_text("note", data.note, most=MAX_NOTE))
        principal.require_self((await orders.get_without_lines(order_id)).user_id)
        return order_view(await orders.change_line(unit, order_id, item, actor=_actor(principal)), principal)

    @delete("/{order_id:uuid}/lines/{product_id:uuid}", status_code=200, operation_id="RemoveOrderLine")
    async def remove_line(
        self, order_id: UUID, product_id: UUID, principal: Principal, orders: Orders, unit: UnitOfWork
    ) -> OrderView:
        """Take a line out of a pending order; the details are needed anew."""
        principal.require_self((await orders.get_without_lines(order_id)).user_id)
        return order_view(
            await orders.remove_line(unit, order_id, product_id, actor=_actor(principal)), principal
        )


async def _cancel(
    orders: Orders, unit: UnitOfWork, order_id: UUID, principal: Principal, reason: str
) -> OrderView:
    principal.require_self((await orders.get_without_lines(order_id)).user_id)
    party = Party.ADMIN if principal.is_admin else Party.CUSTOMER
    full = await orders.cancel(unit, order_id, party, actor=_actor(principal), reason=reason or "cancelled")
    return order_view(full, principal)


async def _require_own(orders: Orders, order_id: UUID, principal: Principal) -> FullOrder:
    full = await orders.get(order_id)
    principal.require_self(full.order.user_id)
    return full
