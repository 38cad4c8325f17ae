"""The sample's servicer: the cart contract as a stand-in."""

from bunmart.cart.v1 import cart_pb2 as pb
from bunmart.cart.v1.cart_pb2_grpc import CartServiceServicer
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import require_quantity, require_uuid

from tests.chassis.sample.rest import raise_by_name
from tests.chassis.sample.service import Sample


class SampleServicer(CartServiceServicer):
    def __init__(self, sample: Sample) -> None:
        self._sample = sample

    async def AddCartItem(self, request: pb.AddCartItemRequest, context: Context) -> pb.AddCartItemResponse:
        row = await self._sample.add(
            unit_of(context),
            require_uuid("product_id", request.product_id),
            require_quantity("quantity", request.quantity),
            request.session_id,
        )
        return pb.AddCartItemResponse(cart_id=str(row.id))

    async def GetCart(self, request: pb.GetCartRequest, context: Context) -> pb.GetCartResponse:
        row = await self._sample.find(require_uuid("user_id", request.user_id))
        return pb.GetCartResponse(cart=pb.CartInfo(cart_id=str(row.id)))

    async def GetCartForCheckout(
        self, request: pb.GetCartForCheckoutRequest, context: Context
    ) -> pb.GetCartForCheckoutResponse:
        if request.session_id:
            await self._sample.slow(float(request.session_id))
        else:
            raise_by_name(request.user_id)
        return pb.GetCartForCheckoutResponse(valid=True)

    async def InvalidateCart(
        self, request: pb.InvalidateCartRequest, context: Context
    ) -> pb.InvalidateCartResponse:
        return pb.InvalidateCartResponse(invalidated=await self._sample.validate(request.cart_id))

    async def RestoreCart(self, request: pb.RestoreCartRequest, context: Context) -> pb.RestoreCartResponse:
        return pb.RestoreCartResponse(restored=False)
