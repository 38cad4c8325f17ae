"""The peer that the product service calls (docs/who-calls-whom.md)."""

import hashlib
from uuid import UUID

from bunmart.cart.v1 import cart_pb2, cart_pb2_grpc
from bunmart_chassis.context import current
from bunmart_chassis.rpc import Peers, call_peer


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._cart = cart_pb2_grpc.CartServiceStub(peers.channel("cart"))

    async def add_cart_item(
        self, product_id: UUID, quantity: int, *, user_id: UUID | None, session_id: str, cart_id: UUID | None
    ) -> cart_pb2.AddCartItemResponse:
        """Add pieces to the cart of a user or, without one, of a session."""
        request = cart_pb2.AddCartItemRequest(
            user_id=_id(user_id),
            product_id=str(product_id),
            quantity=quantity,
            cart_id=_id(cart_id),
            session_id=session_id,
        )
        return await call_peer(
            self._cart.AddCartItem,
            request,
            peer="cart",
            idempotency_key=_key_of(_id(user_id) or session_id),
        )


def _id(value: UUID | None) -> str:
    return "" if value is None else str(value)


def _key_of(owner: str) -> str | None:
    """Derive a key from the client's key and the owner of the cart.

    The cart service sees one caller, product, for all clients, whose keys may be equal.
    """
    call = current()
    if call is None or call.idempotency_key is None:
        return None
    return hashlib.sha256(f"{owner}\n{call.idempotency_key}".encode()).hexdigest()
