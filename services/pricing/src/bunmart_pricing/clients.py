"""The peer that the pricing service calls (docs/who-calls-whom.md)."""

from collections.abc import Collection
from uuid import UUID

from bunmart.product.v1 import product_pb2, product_pb2_grpc
from bunmart_chassis.rpc import Peers, call_peer

from bunmart_pricing.domain import Goods


class Clients:
    """Typed calls to peers. All raise the peer's refusal, or UNAVAILABLE when it does not answer."""

    def __init__(self, peers: Peers) -> None:
        self._product = product_pb2_grpc.ProductCatalogServiceStub(peers.channel("product"))

    async def find_goods(self, product_ids: Collection[UUID]) -> dict[UUID, Goods]:
        """Return those of the products that exist and are active, as they are sold now.

        A product service of the release before this one knows only the ids.
        """
        request = product_pb2.ValidateProductsRequest(product_ids=[str(each) for each in product_ids])
        response = await call_peer(self._product.ValidateProducts, request, peer="product")
        valid = {UUID(each): Goods(UUID(each)) for each in response.valid_product_ids}
        return valid | {UUID(each.product_id): _goods(each) for each in response.products}


def _goods(product: product_pb2.SaleProduct) -> Goods:
    return Goods(
        product_id=UUID(product.product_id),
        name=product.name,
        unit=product.unit,
        category_id=UUID(product.category_id) if product.category_id else None,
        tax_category=product.tax_category,
        allergens=tuple(product.allergens),
    )
