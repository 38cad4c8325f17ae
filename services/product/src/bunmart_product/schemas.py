"""REST requests and responses of the product service."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis import validation
from bunmart_chassis.rest import FreeText, LineText, NameText, Schema
from bunmart_chassis.validation import MAX_QUANTITY

from bunmart_product.domain import (
    DEFAULT_TAX_CATEGORY,
    DEFAULT_UNIT,
    Allergen,
    Category,
    Image,
    Product,
    ProductDetails,
    Tag,
    image_path,
)
from bunmart_product.service import UpdatedCart

MAX_NAME = 120
MAX_DESCRIPTION = 5000
MAX_ALT = 300
Name = Annotated[NameText, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
Unit = Annotated[LineText, msgspec.Meta(min_length=1, max_length=40)]
TaxCategory = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z_]{0,39}$(?!\n)",
        description="Lower-case letters and `_`; a category without a rate of its own has the standard rate",
        examples=["food"],
    ),
]
Position = Annotated[int, msgspec.Meta(ge=0, le=1_000_000, description="Place in the list, ascending")]
SessionId = Annotated[
    str,
    msgspec.Meta(
        min_length=16,
        max_length=128,
        pattern=r"^[A-Za-z0-9_.-]+$(?!\n)",
        description="Unguessable id of an anonymous visitor; whoever sends it owns the cart",
    ),
]


class ProductBody(Schema):
    """A product as an admin writes it; what is left out is emptied.

    Attributes:
        name: What customers read.
        category_id: Its one category.
        tag_ids: Its tags.
        unit: What one piece is, as customers read it: "piece", "loaf", "100 g".
        tax_category: Pricing knows its rate.
        allergens: Allergens of annex II of regulation (EU) No 1169/2011.
        active: True while it is for sale.
        version: For a replacement, which is refused (409) unless the product is at this version.
    """

    name: Name
    description: Annotated[FreeText, msgspec.Meta(max_length=MAX_DESCRIPTION)] = ""
    category_id: UUID | None = None
    tag_ids: Annotated[list[UUID], msgspec.Meta(max_length=50)] = []
    unit: Unit = DEFAULT_UNIT
    tax_category: TaxCategory = DEFAULT_TAX_CATEGORY
    allergens: Annotated[list[Allergen], msgspec.Meta(max_length=len(Allergen))] = []
    active: bool = True
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class CategoryBody(Schema):
    """A category as an admin writes it."""

    name: Name
    sort_order: Position = 0


class TagBody(Schema):
    """A tag as an admin writes it."""

    name: Name


class ImageBody(Schema):
    """A change of an image; what is left out stays."""

    alt: Annotated[LineText, msgspec.Meta(max_length=MAX_ALT)] | None = None
    position: Position | None = None


class AddToCart(Schema):
    """An addition to a cart.

    Attributes:
        quantity: Pieces to add.
        user_id: Only checked against the access token.
        session_id: Owner of an anonymous cart; made and returned when absent. Ignored when signed in.
        cart_id: Refuse unless this is the owner's cart.
    """

    quantity: Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)] = 1
    user_id: UUID | None = None
    session_id: SessionId | None = None
    cart_id: UUID | None = None


class ProductView(msgspec.Struct, kw_only=True):
    """A product. Its price belongs to `/api/prices`. Image addresses are relative to the ingress."""

    product_id: UUID
    name: str
    description: str
    category_id: UUID | None
    tag_ids: list[UUID]
    unit: str
    tax_category: str
    allergens: list[str]
    image_url: str | None
    image_urls: list[str]
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


class CategoryView(msgspec.Struct, kw_only=True):
    """A category."""

    category_id: UUID
    name: str
    sort_order: int


class TagView(msgspec.Struct, kw_only=True):
    """A tag."""

    tag_id: UUID
    name: str


class ImageView(msgspec.Struct, kw_only=True):
    """An image; `size` in bytes."""

    image_id: UUID
    image_url: str
    content_type: str
    alt: str
    position: int
    size: int
    created_at: datetime


class CartItemView(msgspec.Struct, kw_only=True):
    """One line of a cart."""

    cart_item_id: UUID
    product_id: UUID
    quantity: int


class CartView(msgspec.Struct, kw_only=True):
    """A cart."""

    cart_id: UUID
    user_id: UUID | None
    items: list[CartItemView]


class AddedToCart(msgspec.Struct, kw_only=True):
    """The cart after the addition; `session_id` is empty when signed in."""

    cart_id: UUID
    session_id: str
    cart: CartView


def require_name(name: str) -> str:
    """Read the name of a product, category or tag.

    Raises:
        InvalidArgumentError: It is empty or too long (``name``).
    """
    return validation.require_name("name", name, most=MAX_NAME)


def product_details(body: ProductBody) -> ProductDetails:
    """Read a product's body.

    Raises:
        InvalidArgumentError: A text is empty, too long or has hidden characters.
    """
    return ProductDetails(
        name=require_name(body.name),
        description=validation.optional_text("description", body.description, most=MAX_DESCRIPTION),
        category_id=body.category_id,
        tag_ids=body.tag_ids,
        active=body.active,
        unit=validation.require_line("unit", body.unit, most=40),
        tax_category=body.tax_category,
        allergens=tuple(body.allergens),
    )


def product_view(product: Product) -> ProductView:
    """Present a product."""
    urls = [image_path(product.id, image_id) for image_id in product.image_ids]
    return ProductView(
        product_id=product.id,
        name=product.name,
        description=product.description,
        category_id=product.category_id,
        tag_ids=product.tag_ids,
        unit=product.unit,
        tax_category=product.tax_category,
        allergens=product.allergens,
        image_url=urls[0] if urls else None,
        image_urls=urls,
        active=product.active,
        created_at=product.created_at,
        updated_at=product.updated_at,
        version=product.version,
    )


def category_view(category: Category) -> CategoryView:
    """Present a category."""
    return CategoryView(category_id=category.id, name=category.name, sort_order=category.sort_order)


def tag_view(tag: Tag) -> TagView:
    """Present a tag."""
    return TagView(tag_id=tag.id, name=tag.name)


def image_view(image: Image) -> ImageView:
    """Present an image."""
    return ImageView(
        image_id=image.id,
        image_url=image_path(image.product_id, image.id),
        content_type=image.content_type,
        alt=image.alt,
        position=image.position,
        size=image.size,
        created_at=image.created_at,
    )


def added_view(updated: UpdatedCart) -> AddedToCart:
    """Present the cart service's answer."""
    cart = updated.cart
    cart_id = UUID(cart.cart_id)
    items = [
        CartItemView(
            cart_item_id=UUID(item.cart_item_id), product_id=UUID(item.product_id), quantity=item.quantity
        )
        for item in cart.items
    ]
    user_id = UUID(cart.user_id) if cart.user_id else None
    return AddedToCart(
        cart_id=cart_id,
        session_id=updated.session_id,
        cart=CartView(cart_id=cart_id, user_id=user_id, items=items),
    )
