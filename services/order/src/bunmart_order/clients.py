"""The peers that the order service calls (``docs/who-calls-whom.md``)."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID

from bunmart.cart.v1 import cart_pb2, cart_pb2_grpc
from bunmart.kitchen.v1 import kitchen_pb2, kitchen_pb2_grpc
from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.payment.v1 import payment_pb2, payment_pb2_grpc
from bunmart.pricing.v1 import pricing_pb2, pricing_pb2_grpc
from bunmart.shipping.v1 import shipping_pb2, shipping_pb2_grpc
from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Peers, call_peer
from bunmart_chassis.texts import clean_line, clean_name, clean_text

from bunmart_order.domain import CouponEnd, Offer, Order, OrderLine, Refund, display_number, not_for_sale

Attachment = notification_pb2.SendNotificationRequest.Attachment
_NOT_FOR_SALE = ("PRODUCT_NOT_FOUND", "PRICE_NOT_FOUND")
"""Pricing's codes for a product that nobody can buy."""


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer.

    None may be called once the unit of work of a call is open: a row would stay locked meanwhile.

    What people wrote is handed on cleaned: peers refuse hidden characters, which an older release stored.
    """

    def __init__(self, peers: Peers) -> None:
        self._cart = cart_pb2_grpc.CartServiceStub(peers.channel("cart"))
        self._user = user_pb2_grpc.UserServiceStub(peers.channel("user"))
        self._pricing = pricing_pb2_grpc.PricingServiceStub(peers.channel("pricing"))
        self._payment = payment_pb2_grpc.PaymentServiceStub(peers.channel("payment"))
        self._kitchen = kitchen_pb2_grpc.KitchenServiceStub(peers.channel("kitchen"))
        self._shipping = shipping_pb2_grpc.ShippingServiceStub(peers.channel("shipping"))
        self._notification = notification_pb2_grpc.NotificationServiceStub(peers.channel("notification"))

    async def is_active_user(self, user_id: UUID) -> bool:
        """Return True for a user who exists and may order."""
        request = user_pb2.ValidateUserRequest(user_id=str(user_id))
        return (await call_peer(self._user.ValidateUser, request, peer="user")).valid

    async def contact(self, user_id: UUID) -> user_pb2.UserInfo:
        """Return the user's name and addresses of mail and phone.

        Raises:
            NotFoundError: The account is gone (USER_NOT_FOUND).
        """
        request = user_pb2.GetUserRequest(user_id=str(user_id))
        return (await call_peer(self._user.GetUser, request, peer="user")).user

    async def addresses(self, user_id: UUID) -> dict[UUID, user_pb2.AddressInfo]:
        """Return the user's addresses by id."""
        request = user_pb2.GetUserAddressesRequest(user_id=str(user_id))
        response = await call_peer(self._user.GetUserAddresses, request, peer="user")
        return {UUID(address.address_id): address for address in response.addresses}

    async def offers(self, product_ids: Iterable[UUID]) -> list[Offer]:
        """Return the prices of products as they hold now; one without a price is left out."""
        request = pricing_pb2.GetPricesRequest(product_ids=[str(product_id) for product_id in product_ids])
        response = await call_peer(self._pricing.GetPrices, request, peer="pricing")
        return [
            Offer(UUID(price.product_id), price.currency_code, price.minimum_quantity)
            for price in response.prices
        ]

    async def price(
        self, order: Order, lines: Iterable[OrderLine], coupon_codes: Iterable[str], currency: str = ""
    ) -> pricing_pb2.CalculateOrderPricingResponse:
        """Price the lines with these coupons.

        Args:
            order: With its customer.
            lines: Its lines.
            coupon_codes: The coupons.
            currency: Empty for the shop's default, or the first in which all products have a price.

        Raises:
            InvalidArgumentError: The shop does not sell in that currency (``currency_code``).
            FailedPreconditionError: A product cannot be bought (PRODUCT_NOT_FOR_SALE), or a coupon cannot be
                used (COUPON_NOT_USABLE).
        """
        request = _pricing_request(order, lines, coupon_codes)
        request.currency_code = currency
        with _products_for_sale():
            return await call_peer(self._pricing.CalculateOrderPricing, request, peer="pricing")

    async def reserve_pricing(
        self, order: Order, lines: Iterable[OrderLine], expected_total: Decimal, hold_seconds: int
    ) -> pricing_pb2.ReserveOrderPricingResponse:
        """Price an order once more and reserve its coupons, if it still costs what the customer saw.

        Raises:
            FailedPreconditionError: As ``price``.
        """
        priced = _pricing_request(order, lines, order.coupon_codes)
        priced.currency_code = order.currency_code
        request = pricing_pb2.ReserveOrderPricingRequest(
            order=priced,
            expected_total=to_wire(expected_total),
            hold_seconds=hold_seconds,
            attempt=order.failed_payments + 1,
            expected_tax_total="" if order.tax_total is None else to_wire(order.tax_total),
        )
        with _products_for_sale():
            return await call_peer(self._pricing.ReserveOrderPricing, request, peer="pricing")

    async def settle_pricing(self, order_id: UUID, end: CouponEnd) -> None:
        """Count the reserved uses of the order's coupons, or give them back."""
        request = pricing_pb2.SettleOrderPricingRequest(
            order_id=str(order_id), outcome=end.outcome, attempt=end.attempt
        )
        await call_peer(self._pricing.SettleOrderPricing, request, peer="pricing")

    async def create_payment_intent(
        self, order: Order, amount: Decimal
    ) -> payment_pb2.CreatePaymentIntentResponse:
        """Open a payment; payment keeps one per order and amount, so a repeat returns the same."""
        request = payment_pb2.CreatePaymentIntentRequest(
            order_id=str(order.id),
            amount=to_wire(amount),
            currency_code=order.currency_code,
            user_id=str(order.user_id),
            order_name=f"BunMart order {display_number(order)}",
            metadata={"order_id": str(order.id)},
        )
        return await call_peer(self._payment.CreatePaymentIntent, request, peer="payment")

    async def close_payments(self, order_id: UUID) -> payment_pb2.CloseOrderPaymentsResponse:
        """End all that is open for an order at payment."""
        request = payment_pb2.CloseOrderPaymentsRequest(order_id=str(order_id))
        return await call_peer(self._payment.CloseOrderPayments, request, peer="payment")

    async def refund(self, refund: Refund) -> payment_pb2.RefundOrderResponse:
        """Give money back; payment keeps one refund per id, so a repeat returns the first.

        Raises:
            FailedPreconditionError: So much is not left (PAYMENT_NOT_REFUNDABLE).
        """
        request = payment_pb2.RefundOrderRequest(
            order_id=str(refund.order_id),
            refund_id=str(refund.id),
            amount="" if refund.whole else to_wire(refund.amount),
            reason=clean_text(refund.reason),
        )
        return await call_peer(self._payment.RefundOrder, request, peer="payment")

    async def payment_status(self, payment_id: UUID) -> str:
        """Return the status of a payment: PENDING, SUCCEEDED, FAILED or REFUNDED."""
        request = payment_pb2.GetPaymentStatusRequest(payment_id=str(payment_id))
        return (await call_peer(self._payment.GetPaymentStatus, request, peer="payment")).status

    async def create_production_order(self, order: Order, lines: Iterable[OrderLine]) -> UUID:
        """Start production; kitchen keeps one production order per order."""
        request = kitchen_pb2.CreateProductionOrderRequest(
            user_order_id=str(order.id),
            lines=[
                kitchen_pb2.ProductionOrderLine(
                    product_id=str(line.product_id),
                    quantity=line.quantity,
                    name=clean_name(line.name or ""),
                    note=clean_text(line.note),
                    allergens=line.allergens,
                    unit=clean_line(line.unit or ""),
                )
                for line in lines
            ],
            order_number=display_number(order),
            note=clean_text(order.note),
            user_id=str(order.user_id),
        )
        response = await call_peer(self._kitchen.CreateProductionOrder, request, peer="kitchen")
        return UUID(response.production_order_id)

    async def stop_production(self, order_id: UUID, reason: str) -> kitchen_pb2.CancelProductionOrderResponse:
        """Stop the production of an order; kitchen refuses a production order that comes later."""
        request = kitchen_pb2.CancelProductionOrderRequest(
            user_order_id=str(order_id), reason=clean_text(reason)
        )
        return await call_peer(self._kitchen.CancelProductionOrder, request, peer="kitchen")

    async def create_shipment(
        self, order: Order, lines: Iterable[OrderLine], customer: user_pb2.UserInfo
    ) -> UUID:
        """Ask for delivery; shipping keeps one shipment per order."""
        address = order.shipping_address or {}
        names = ("line1", "line2", "city", "state", "postal_code", "country")
        request = shipping_pb2.CreateShipmentRequest(
            order_id=str(order.id),
            user_id=str(order.user_id),
            shipping_address_id=str(order.shipping_address_id or ""),
            product_ids=[str(line.product_id) for line in lines],
            order_number=display_number(order),
            address=shipping_pb2.ShippingAddress(
                recipient=clean_name(address.get("recipient") or customer.display_name),
                phone=customer.phone,
                **{name: clean_line(address.get(name, "")) for name in names},
            ),
            note=clean_text(order.note),
        )
        return UUID((await call_peer(self._shipping.CreateShipment, request, peer="shipping")).shipment_id)

    async def stop_shipment(
        self, order_id: UUID, reason: str, *, still_shipping: bool
    ) -> shipping_pb2.CancelShipmentResponse:
        """End the shipment of an order; of a cancelled one shipping refuses another that comes later."""
        request = shipping_pb2.CancelShipmentRequest(
            order_id=str(order_id), reason=clean_text(reason), still_shipping=still_shipping
        )
        return await call_peer(self._shipping.CancelShipment, request, peer="shipping")

    async def invalidate_cart(self, cart_id: UUID, order_id: UUID, product_ids: Iterable[UUID]) -> None:
        """Remove exactly these products from the cart."""
        request = cart_pb2.InvalidateCartRequest(
            cart_id=str(cart_id),
            order_id=str(order_id),
            product_ids=[str(product_id) for product_id in product_ids],
        )
        await call_peer(self._cart.InvalidateCart, request, peer="cart")

    async def restore_cart(self, order: Order, lines: Iterable[OrderLine]) -> None:
        """Put the products of an order that ended unpaid back into its customer's cart, once per order."""
        request = cart_pb2.RestoreCartRequest(
            user_id=str(order.user_id),
            order_id=str(order.id),
            items=[
                cart_pb2.RestoreCartRequest.Item(
                    product_id=str(line.product_id), quantity=line.quantity, note=clean_text(line.note)
                )
                for line in lines
            ],
            note=clean_text(order.note),
        )
        await call_peer(self._cart.RestoreCart, request, peer="cart")

    async def notify(
        self,
        user_id: UUID,
        template: str,
        order_id: UUID,
        data: Mapping[str, str],
        attachments: Iterable[Attachment] = (),
    ) -> None:
        """Send the customer a message about an order."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="EMAIL",
            template_id=template,
            template_data={name: clean_text(value) for name, value in data.items()},
            reference_type="order",
            reference_id=str(order_id),
            attachments=attachments,
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")


def _pricing_request(
    order: Order, lines: Iterable[OrderLine], coupon_codes: Iterable[str]
) -> pricing_pb2.CalculateOrderPricingRequest:
    item = pricing_pb2.CalculateOrderPricingRequest.LineItem
    return pricing_pb2.CalculateOrderPricingRequest(
        user_id=str(order.user_id),
        items=[item(product_id=str(line.product_id), quantity=line.quantity) for line in lines],
        coupon_codes=coupon_codes,
        order_id=str(order.id),
    )


@contextmanager
def _products_for_sale() -> Iterator[None]:
    """Present pricing's refusal of a product as one of the order, whose page can name it."""
    try:
        yield
    except NotFoundError as error:
        if error.code not in _NOT_FOR_SALE:
            raise
        named = error.metadata.get("product_ids") or error.metadata.get("product_id", "")
        raise not_for_sale(named) from error
