"""The peer that the pricing service calls (docs/who-calls-whom.md)."""

from collections.abc import Collection
from uuid import UUID

from bunmart.product.v1 import product_pb2, product_pb2_grpc
from bunmart_chassis.rpc import Peers, call_peer


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._product = product_pb2_grpc.ProductCatalogServiceStub(peers.channel("product"))

    async def valid_products(self, product_ids: Collection[UUID]) -> set[UUID]:
        """Return those of the products that exist and are active."""
        request = product_pb2.ValidateProductsRequest(product_ids=[str(each) for each in product_ids])
        response = await call_peer(self._product.ValidateProducts, request, peer="product")
        return {UUID(each) for each in response.valid_product_ids}
