"""The peers that the order service calls (``docs/who-calls-whom.md``)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from bunmart.cart.v1 import cart_pb2, cart_pb2_grpc
from bunmart.kitchen.v1 import kitchen_pb2, kitchen_pb2_grpc
from bunmart.notification.v1 import notification_pb2, notification_pb2_grpc
from bunmart.payment.v1 import payment_pb2, payment_pb2_grpc
from bunmart.pricing.v1 import pricing_pb2, pricing_pb2_grpc
from bunmart.shipping.v1 import shipping_pb2, shipping_pb2_grpc
from bunmart.user.v1 import user_pb2, user_pb2_grpc
from bunmart_chassis.money import to_wire
from bunmart_chassis.rpc import Peers, call_peer

from bunmart_order.domain import Order, OrderLine


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer.

    None may be called once the unit of work of a call is open: a row would stay locked meanwhile.
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

    async def price(
        self, user_id: UUID, lines: Iterable[OrderLine], coupon_codes: Iterable[str]
    ) -> pricing_pb2.CalculateOrderPricingResponse:
        """Price the lines with these coupons."""
        item = pricing_pb2.CalculateOrderPricingRequest.LineItem
        request = pricing_pb2.CalculateOrderPricingRequest(
            user_id=str(user_id),
            items=[item(product_id=str(line.product_id), quantity=line.quantity) for line in lines],
            coupon_codes=coupon_codes,
        )
        return await call_peer(self._pricing.CalculateOrderPricing, request, peer="pricing")

    async def create_payment_intent(
        self, order: Order, amount: Decimal
    ) -> payment_pb2.CreatePaymentIntentResponse:
        """Open a payment; payment keeps one per order and amount, so a repeat returns the same."""
        request = payment_pb2.CreatePaymentIntentRequest(
            order_id=str(order.id),
            amount=to_wire(amount),
            currency_code=order.currency_code,
            user_id=str(order.user_id),
            order_name=f"BunMart order {str(order.id)[-12:]}",
            metadata={"order_id": str(order.id)},
        )
        return await call_peer(self._payment.CreatePaymentIntent, request, peer="payment")

    async def payment_status(self, payment_id: UUID) -> str:
        """Return the status of a payment: PENDING, SUCCEEDED, FAILED or REFUNDED."""
        request = payment_pb2.GetPaymentStatusRequest(payment_id=str(payment_id))
        return (await call_peer(self._payment.GetPaymentStatus, request, peer="payment")).status

    async def create_production_order(self, order_id: UUID, lines: Iterable[OrderLine]) -> UUID:
        """Start production; kitchen keeps one production order per order."""
        request = kitchen_pb2.CreateProductionOrderRequest(
            user_order_id=str(order_id),
            lines=[
                kitchen_pb2.ProductionOrderLine(product_id=str(line.product_id), quantity=line.quantity)
                for line in lines
            ],
        )
        response = await call_peer(self._kitchen.CreateProductionOrder, request, peer="kitchen")
        return UUID(response.production_order_id)

    async def create_shipment(self, order: Order, lines: Iterable[OrderLine]) -> UUID:
        """Ask for delivery; shipping keeps one shipment per order."""
        request = shipping_pb2.CreateShipmentRequest(
            order_id=str(order.id),
            user_id=str(order.user_id),
            shipping_address_id=str(order.shipping_address_id or ""),
            product_ids=[str(line.product_id) for line in lines],
        )
        return UUID((await call_peer(self._shipping.CreateShipment, request, peer="shipping")).shipment_id)

    async def invalidate_cart(self, cart_id: UUID, order_id: UUID, product_ids: Iterable[UUID]) -> None:
        """Remove exactly these products from the cart."""
        request = cart_pb2.InvalidateCartRequest(
            cart_id=str(cart_id),
            order_id=str(order_id),
            product_ids=[str(product_id) for product_id in product_ids],
        )
        await call_peer(self._cart.InvalidateCart, request, peer="cart")

    async def notify(self, user_id: UUID, template: str, order_id: UUID, data: Mapping[str, str]) -> None:
        """Send the customer a message about an order."""
        request = notification_pb2.SendNotificationRequest(
            user_id=str(user_id),
            channel="EMAIL",
            template_id=template,
            template_data=data,
            reference_type="order",
            reference_id=str(order_id),
        )
        await call_peer(self._notification.SendNotification, request, peer="notification")
