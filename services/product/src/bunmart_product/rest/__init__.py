"""REST of the product service."""

from bunmart_product.rest.categories import CategoryController
from bunmart_product.rest.images import ImageController
from bunmart_product.rest.products import ProductController
from bunmart_product.rest.tags import TagController

CONTROLLERS = (ProductController, ImageController, CategoryController, TagController)
