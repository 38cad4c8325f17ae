"""gRPC of the cart service (``proto/bunmart/cart/v1/cart.proto``)."""

from bunmart.cart.v1 import cart_pb2, cart_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import (
    optional_text,
    optional_uuid,
    require_quantity,
    require_uuid,
    require_uuids,
)

from bunmart_cart.domain import Owner, ReturnedItem, require_session_id
from bunmart_cart.service import Carts, FullCart

SERVICE = cart_pb2.DESCRIPTOR.services_by_name["CartService"].full_name
_MOST_RETURNED = 200
"""As many products as ``InvalidateCart`` takes."""
_LONGEST_NOTE = 4000
"""Order may have joined several notes; the cart keeps the first ``MAX_NOTE`` characters."""


class CartServicer(cart_pb2_grpc.CartServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, carts: Carts) -> None:
        self._carts = carts

    async def GetCart(self, request: cart_pb2.GetCartRequest, context: Context) -> cart_pb2.GetCartResponse:
        """Return the open cart of a user or session."""
        full = await self._carts.get_of(_owner(request.user_id, request.session_id))
        return cart_pb2.GetCartResponse(cart=cart_info(full))

    async def AddCartItem(
        self, request: cart_pb2.AddCartItemRequest, context: Context
    ) -> cart_pb2.AddCartItemResponse:
        """Add to a cart; product calls this when the frontend does."""
        full = await self._carts.add_item(
            unit_of(context),
            _owner(request.user_id, request.session_id),
            require_uuid("product_id", request.product_id),
            require_quantity("quantity", request.quantity),
            cart_id=optional_uuid("cart_id", request.cart_id),
        )
        return cart_pb2.AddCartItemResponse(cart_id=str(full.cart.id), cart=cart_info(full))

    async def GetCartForCheckout(
        self, request: cart_pb2.GetCartForCheckoutRequest, context: Context
    ) -> cart_pb2.GetCartForCheckoutResponse:
        """Return the open cart, and the obstacles to ordering it now."""
        full, obstacles = await self._carts.check_for_checkout(_owner(request.user_id, request.session_id))
        return cart_pb2.GetCartForCheckoutResponse(
            cart=cart_info(full), valid=not obstacles, errors=obstacles
        )

    async def InvalidateCart(
        self, request: cart_pb2.InvalidateCartRequest, context: Context
    ) -> cart_pb2.InvalidateCartResponse:
        """Take ordered products out of a cart; order calls this after it took them."""
        await self._carts.invalidate(
            unit_of(context),
            require_uuid("cart_id", request.cart_id),
            require_uuid("order_id", request.order_id),
            require_uuids("product_ids", request.product_ids),
        )
        return cart_pb2.InvalidateCartResponse(invalidated=True)

    async def RestoreCart(
        self, request: cart_pb2.RestoreCartRequest, context: Context
    ) -> cart_pb2.RestoreCartResponse:
        """Put the products of an order back; order calls this when it ended unpaid."""
        restored = await self._carts.restore(
            unit_of(context),
            require_uuid("user_id", request.user_id),
            require_uuid("order_id", request.order_id),
            _returned_items(request),
            note=optional_text("note", request.note, most=_LONGEST_NOTE),
        )
        return cart_pb2.RestoreCartResponse(restored=restored)


def _returned_items(request: cart_pb2.RestoreCartRequest) -> list[ReturnedItem]:
    if not request.items:
        raise InvalidArgumentError.field("items", "must not be empty")
    if len(request.items) > _MOST_RETURNED:
        raise InvalidArgumentError.field("items", f"must have at most {_MOST_RETURNED} entries")
    return [
        ReturnedItem(
            require_uuid(f"items[{index}].product_id", item.product_id),
            require_quantity(f"items[{index}].quantity", item.quantity),
            optional_text(f"items[{index}].note", item.note, most=_LONGEST_NOTE),
        )
        for index, item in enumerate(request.items)
    ]


def _owner(user_id: str, session_id: str) -> Owner:
    if user_id:
        return Owner(require_uuid("user_id", user_id), "")
    if not session_id:
        raise InvalidArgumentError.field("user_id", "is required where session_id is empty")
    return Owner(None, require_session_id("session_id", session_id))


def cart_info(full: FullCart) -> cart_pb2.CartInfo:
    """Present a cart; it has no amounts, orders are priced by the pricing service."""
    return cart_pb2.CartInfo(
        cart_id=str(full.cart.id),
        user_id="" if full.cart.user_id is None else str(full.cart.user_id),
        items=[
            cart_pb2.CartItemInfo(
                cart_item_id=str(item.id),
                product_id=str(item.product_id),
                quantity=item.quantity,
                note=item.note,
            )
            for item in full.items
        ],
    )
