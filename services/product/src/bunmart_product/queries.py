"""The product service's statements, compiled at import."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_product.domain import (
    Category,
    Image,
    ImageContent,
    ImageCount,
    ImageRow,
    Product,
    ProductRow,
    ProductTag,
    SaleProduct,
    Tag,
    fold,
)
from bunmart_product.models import (
    CategoryTable,
    ProductImageTable,
    ProductTable,
    ProductTagTable,
    TagTable,
)

PRODUCTS, CATEGORIES, TAGS = table(ProductTable), table(CategoryTable), table(TagTable)
PRODUCT_TAGS, IMAGES = table(ProductTagTable), table(ProductImageTable)
_UUID = sa.Uuid()
_IDS = sa.bindparam("ids", type_=sa.ARRAY(_UUID))


def _ids_of(ids: sa.Select[Any], name: str) -> sa.Label[Any]:
    return sa.func.array(ids.scalar_subquery(), type_=sa.ARRAY(_UUID)).label(name)


_TAG_IDS = _ids_of(
    sa.select(PRODUCT_TAGS.c.tag_id)
    .where(PRODUCT_TAGS.c.product_id == PRODUCTS.c.id)
    .order_by(PRODUCT_TAGS.c.tag_id),
    "tag_ids",
)
_IMAGE_IDS = _ids_of(
    sa.select(IMAGES.c.id)
    .where(IMAGES.c.product_id == PRODUCTS.c.id)
    .order_by(IMAGES.c.position, IMAGES.c.id),
    "image_ids",
)
_PRODUCT = sa.select(
    *(PRODUCTS.c[name] for name in Product.__struct_fields__ if name in PRODUCTS.c), _TAG_IDS, _IMAGE_IDS
)

PRODUCT = Query(_PRODUCT.where(PRODUCTS.c.id == sa.bindparam("id")), Product)
PRODUCTS_BY_ID = Query(_PRODUCT.where(PRODUCTS.c.id == sa.any_(_IDS)), Product)
FOR_SALE = Query(
    sa.select(*columns(ProductTable, SaleProduct)).where(PRODUCTS.c.id == sa.any_(_IDS), PRODUCTS.c.active),
    SaleProduct,
)

_TAGGED = sa.exists().where(
    PRODUCT_TAGS.c.product_id == PRODUCTS.c.id,
    PRODUCT_TAGS.c.tag_id == sa.bindparam("tag_id", type_=_UUID),
)
PRODUCT_LIST = PagedQuery(
    _PRODUCT,
    Product,
    order=[PRODUCTS.c.sort_name, PRODUCTS.c.id],
    descending=False,
    filters={
        "active": PRODUCTS.c.active,
        "category_id": PRODUCTS.c.category_id == sa.bindparam("category_id"),
        "tag_id": _TAGGED,
        "text": sa.func.strpos(PRODUCTS.c.search_text, sa.bindparam("text", type_=sa.Text)) > 0,
    },
    key=lambda product: (fold(product.name), product.id),
)
"""Products in the order of the folded name; ``text`` is folded too."""

_CHANGE = sa.update(PRODUCTS).where(PRODUCTS.c.id == sa.bindparam("product_id"))
ADD_PRODUCT = Insert(ProductTable, ProductRow)
VERSION_FOR_UPDATE = Query(
    sa.select(PRODUCTS.c.version).where(PRODUCTS.c.id == sa.bindparam("id")).with_for_update(), int
)
SET_PRODUCT = Command(
    _CHANGE.values(
        {
            name: sa.bindparam(name)
            for name in (
                *("name", "sort_name", "search_text", "description", "category_id"),
                *("unit", "tax_category", "allergens", "active"),
            )
        }
        | {"updated_at": sa.func.now(), "version": PRODUCTS.c.version + 1}
    )
)
TOUCH_PRODUCT = Query(_CHANGE.values(updated_at=sa.func.now()).returning(PRODUCTS.c.id), UUID)
REMOVE_PRODUCT = Query(
    sa.delete(PRODUCTS).where(PRODUCTS.c.id == sa.bindparam("id")).returning(PRODUCTS.c.id), UUID
)
ADD_PRODUCT_TAG = Insert(ProductTagTable, ProductTag)
REMOVE_PRODUCT_TAGS = Command(
    sa.delete(PRODUCT_TAGS).where(PRODUCT_TAGS.c.product_id == sa.bindparam("product_id"))
)

CATEGORY_LIST = Query(
    sa.select(*columns(CategoryTable, Category)).order_by(
        CATEGORIES.c.sort_order, CATEGORIES.c.name, CATEGORIES.c.id
    ),
    Category,
)
ADD_CATEGORY = Insert(CategoryTable, Category)
SET_CATEGORY = Query(
    sa.update(CATEGORIES)
    .where(CATEGORIES.c.id == sa.bindparam("category_id"))
    .values(name=sa.bindparam("name"), sort_order=sa.bindparam("sort_order"))
    .returning(*columns(CategoryTable, Category)),
    Category,
)
REMOVE_CATEGORY = Query(
    sa.delete(CATEGORIES).where(CATEGORIES.c.id == sa.bindparam("id")).returning(CATEGORIES.c.id), UUID
)

TAG_LIST = Query(sa.select(*columns(TagTable, Tag)).order_by(TAGS.c.name, TAGS.c.id), Tag)
ADD_TAG = Insert(TagTable, Tag)
SET_TAG = Query(
    sa.update(TAGS)
    .where(TAGS.c.id == sa.bindparam("tag_id"))
    .values(name=sa.bindparam("name"))
    .returning(*columns(TagTable, Tag)),
    Tag,
)
REMOVE_TAG = Query(sa.delete(TAGS).where(TAGS.c.id == sa.bindparam("id")).returning(TAGS.c.id), UUID)

_OF_PRODUCT = IMAGES.c.product_id == sa.bindparam("product_id")
_THIS_IMAGE = sa.and_(IMAGES.c.id == sa.bindparam("image_id"), _OF_PRODUCT)
IMAGE_LIST = Query(
    sa.select(*columns(ProductImageTable, Image)).where(_OF_PRODUCT).order_by(IMAGES.c.position, IMAGES.c.id),
    Image,
)
IMAGE_CONTENT = Query(sa.select(*columns(ProductImageTable, ImageContent)).where(_THIS_IMAGE), ImageContent)
IMAGE_COUNT = Query(
    sa.select(
        sa.func.count().label("count"),
        (sa.func.coalesce(sa.func.max(IMAGES.c.position), -1) + 1).label("next_position"),
    ).where(_OF_PRODUCT),
    ImageCount,
)
ADD_IMAGE = Insert(ProductImageTable, ImageRow)
SET_IMAGE = Query(
    sa.update(IMAGES)
    .where(_THIS_IMAGE)
    .values(
        alt=sa.func.coalesce(sa.bindparam("alt", type_=sa.Text), IMAGES.c.alt),
        position=sa.func.coalesce(sa.bindparam("position", type_=sa.Integer), IMAGES.c.position),
    )
    .returning(*columns(ProductImageTable, Image)),
    Image,
)
REMOVE_IMAGE = Query(sa.delete(IMAGES).where(_THIS_IMAGE).returning(IMAGES.c.id), UUID)
