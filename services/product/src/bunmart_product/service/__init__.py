"""Use cases of the product service. REST and gRPC call these and nothing else.

A use case that changes the catalogue receives the unit of work of its call and never commits it.
"""

from bunmart_product.service.cart_items import CartItems, UpdatedCart
from bunmart_product.service.categories import Categories
from bunmart_product.service.images import Images
from bunmart_product.service.lookup import Lookup, ProductFilter
from bunmart_product.service.products import Products
from bunmart_product.service.tags import Tags


class Catalogue(Lookup, Products, Images, Categories, Tags, CartItems):
    """All use cases of the catalogue."""


__all__ = ["Catalogue", "ProductFilter", "UpdatedCart"]
