"""Use cases of the product service. REST and gRPC call these and nothing else."""

from bunmart_product.service.adding import Added, Adding
from bunmart_product.service.images import Images
from bunmart_product.service.labels import Labels
from bunmart_product.service.products import ProductFilter, Products


class Catalogue(Products, Labels, Images, Adding):
    """All use cases of the catalogue."""


__all__ = ["Added", "Catalogue", "ProductFilter"]
