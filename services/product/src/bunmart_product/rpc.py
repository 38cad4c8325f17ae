"""gRPC of the product service (proto/bunmart/product/v1/product.proto)."""

from bunmart.product.v1 import product_pb2, product_pb2_grpc
from bunmart_chassis.rpc import Context
from bunmart_chassis.validation import require_uuid, require_uuids

from bunmart_product.domain import Product, SaleProduct, image_path
from bunmart_product.service import Catalogue

SERVICE = product_pb2.DESCRIPTOR.services_by_name["ProductCatalogService"].full_name


class ProductCatalogServicer(product_pb2_grpc.ProductCatalogServiceServicer):
    """Checks each request, calls its use case, presents the answer."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def GetProduct(
        self, request: product_pb2.GetProductRequest, context: Context
    ) -> product_pb2.GetProductResponse:
        """Return a product, for sale or not."""
        product = await self._catalogue.get_product(require_uuid("product_id", request.product_id))
        return product_pb2.GetProductResponse(product=product_info(product))

    async def GetProducts(
        self, request: product_pb2.GetProductsRequest, context: Context
    ) -> product_pb2.GetProductsResponse:
        """Return several products; unknown ones are left out."""
        product_ids = require_uuids("product_ids", request.product_ids)
        products = await self._catalogue.find_products(product_ids)
        return product_pb2.GetProductsResponse(products=[product_info(product) for product in products])

    async def ValidateProducts(
        self, request: product_pb2.ValidateProductsRequest, context: Context
    ) -> product_pb2.ValidateProductsResponse:
        """Return those products that are for sale; cart, pricing and review ask before they take one."""
        product_ids = require_uuids("product_ids", request.product_ids)
        products = await self._catalogue.validate_products(product_ids)
        return product_pb2.ValidateProductsResponse(
            valid_product_ids=[str(product.id) for product in products],
            products=[sale_product(product) for product in products],
        )


def sale_product(product: SaleProduct) -> product_pb2.SaleProduct:
    """Present a product as it is sold."""
    return product_pb2.SaleProduct(
        product_id=str(product.id),
        name=product.name,
        unit=product.unit,
        category_id="" if product.category_id is None else str(product.category_id),
        tax_category=product.tax_category,
        allergens=product.allergens,
    )


def product_info(product: Product) -> product_pb2.ProductInfo:
    """Present a product."""
    urls = [image_path(product.id, image_id) for image_id in product.image_ids]
    info = product_pb2.ProductInfo(
        product_id=str(product.id),
        name=product.name,
        description=product.description,
        category_id="" if product.category_id is None else str(product.category_id),
        tag_ids=[str(tag_id) for tag_id in product.tag_ids],
        image_url=urls[0] if urls else "",
        image_urls=urls,
        unit=product.unit,
        tax_category=product.tax_category,
        allergens=product.allergens,
    )
    info.created_at.FromDatetime(product.created_at)
    info.updated_at.FromDatetime(product.updated_at)
    return info
