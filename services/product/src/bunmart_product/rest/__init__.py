"""REST of the product service (brief, "Basic REST Endpoints")."""

from bunmart_product.rest.images import ImageController
from bunmart_product.rest.labels import CategoryController, TagController
from bunmart_product.rest.products import ProductController

CONTROLLERS = (ProductController, ImageController, CategoryController, TagController)
