"""Products and the add-to-cart button."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.errors import PermissionDeniedError, UnauthenticatedError
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import optional_line, require_uuids
from litestar import Controller, delete, get, post, put
from litestar.params import QueryParameter

from bunmart_product.schemas import (
    AddedToCart,
    AddToCart,
    ProductBody,
    ProductView,
    added_view,
    product_details,
    product_view,
)
from bunmart_product.service import Catalogue, ProductFilter

MAX_BATCH = 100
Search = Annotated[
    str | None,
    QueryParameter(name="q", max_length=100, description="Part of the name or description; case is ignored"),
]


class ProductController(Controller):
    """Products: everybody reads them, admins write them."""

    path = "/api/products"
    tags = ("products",)

    @get("/", operation_id="ListProducts")
    async def list_all(
        self,
        catalogue: Catalogue,
        visitor: Principal | None,
        page: PageRequest,
        category_id: UUID | None = None,
        tag_id: UUID | None = None,
        q: Search = None,
        include_inactive: bool = False,
    ) -> Page[ProductView]:
        """List products by name. Admins see those that are not for sale with `include_inactive=true`."""
        if include_inactive:
            _require_admin(visitor)
        wanted = ProductFilter(
            category_id=category_id,
            tag_id=tag_id,
            text=optional_line("q", q or "", most=100) or None,
            include_inactive=include_inactive,
        )
        return (await catalogue.list_products(wanted, page)).map(product_view)

    @get("/batch", operation_id="GetProductBatch")
    async def batch(
        self,
        catalogue: Catalogue,
        ids: Annotated[
            str, QueryParameter(name="ids", description="Up to 100 product ids, separated by commas")
        ],
    ) -> Page[ProductView]:
        """Read several products, for sale or not; unknown ones are left out."""
        product_ids = require_uuids("ids", [each for each in ids.split(",") if each], most=MAX_BATCH)
        products = await catalogue.find_products(product_ids)
        return Page(items=[product_view(product) for product in products])

    @get("/{product_id:uuid}", operation_id="GetProduct")
    async def get_one(self, product_id: UUID, catalogue: Catalogue) -> ProductView:
        """Read a product; `active` tells whether it is for sale."""
        return product_view(await catalogue.get_product(product_id))

    @post("/", operation_id="CreateProduct", guards=[requires(Role.ADMIN)])
    async def create(self, data: ProductBody, catalogue: Catalogue, unit: UnitOfWork) -> ProductView:
        """Add a product (admins)."""
        return product_view(await catalogue.create_product(unit, product_details(data)))

    @put("/{product_id:uuid}", operation_id="ReplaceProduct", guards=[requires(Role.ADMIN)])
    async def replace(
        self, product_id: UUID, data: ProductBody, catalogue: Catalogue, unit: UnitOfWork
    ) -> ProductView:
        """Replace a product; its images stay. `active: false` takes it off sale (admins)."""
        product = await catalogue.replace_product(
            unit, product_id, product_details(data), expected_version=data.version
        )
        return product_view(product)

    @delete("/{product_id:uuid}", operation_id="DeleteProduct", guards=[requires(Role.ADMIN)])
    async def remove(self, product_id: UUID, catalogue: Catalogue, unit: UnitOfWork) -> None:
        """Remove a product and its images for good; orders keep its id (admins)."""
        await catalogue.delete_product(unit, product_id)

    @post("/{product_id:uuid}/add-to-cart", status_code=200, operation_id="AddToCart")
    async def add_to_cart(
        self, product_id: UUID, data: AddToCart, visitor: Principal | None, catalogue: Catalogue
    ) -> AddedToCart:
        """Add a product to your cart, or without signing in to the cart of a session.

        Keep the `session_id` of the answer and send it from then on. With an `Idempotency-Key` and a
        `session_id` (or signed in) a repeat adds once.
        """
        updated = await catalogue.add_to_cart(
            product_id,
            data.quantity,
            visitor=visitor,
            user_id=data.user_id,
            session_id=data.session_id,
            cart_id=data.cart_id,
        )
        return added_view(updated)


def _require_admin(visitor: Principal | None) -> None:
    if visitor is None:
        raise UnauthenticatedError("Sign in as an admin to see products that are not for sale.")
    if not visitor.is_admin:
        raise PermissionDeniedError("Only admins see products that are not for sale.")
