"""The cart service's statements, compiled at import."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from bunmart_chassis.validation import MAX_QUANTITY
from sqlalchemy.dialects.postgresql import insert

from bunmart_cart.domain import AbandonedCart, Cart, CartItem, CartOrder, CheckoutAttempt, RestoredOrder
from bunmart_cart.models import CartItemTable, CartOrderTable, CartTable, CheckoutTable, RestoredOrderTable

CARTS, ITEMS, CHECKOUTS = table(CartTable), table(CartItemTable), table(CheckoutTable)
RESTORED = table(RestoredOrderTable)
_CART_COLUMNS = columns(CartTable, Cart)
_CART = sa.select(*_CART_COLUMNS)
_BY_ID = _CART.where(CARTS.c.id == sa.bindparam("id"))
_OF_SESSION = _CART.where(CARTS.c.session_id == sa.bindparam("session_id"))
_TIME = sa.DateTime(timezone=True)
_ITEMS_CHANGED = {
    "version": CARTS.c.version + 1,
    "updated_at": sa.func.now(),
    "abandoned_notified_at": sa.null(),
}

CART = Query(_BY_ID, Cart)
CART_FOR_UPDATE = Query(_BY_ID.with_for_update(), Cart)
CART_OF_USER = Query(_CART.where(CARTS.c.user_id == sa.bindparam("user_id")), Cart)
CART_OF_SESSION = Query(_OF_SESSION, Cart)
CART_OF_SESSION_FOR_UPDATE = Query(_OF_SESSION.with_for_update(), Cart)


def _open(owner: sa.Column[Any], changes: dict[str, Any]) -> Query[Cart]:
    """Create the owner's cart, or change and lock the one that is open."""
    statement = insert(CARTS).values({column.name: sa.bindparam(column.name) for column in _CART_COLUMNS})
    return Query(
        statement.on_conflict_do_update(
            index_elements=[owner], index_where=owner.is_not(None), set_=changes
        ).returning(*_CART_COLUMNS),
        Cart,
    )


_EXCLUDED_NOTE: sa.ColumnElement[str] = sa.literal_column("excluded.note")
_NEW_NOTE = {"note": sa.func.coalesce(sa.func.nullif(_EXCLUDED_NOTE, ""), CARTS.c.note)}
OPEN_OF_USER = _open(CARTS.c.user_id, _NEW_NOTE)
OPEN_OF_SESSION = _open(CARTS.c.session_id, _NEW_NOTE)
_MERGED = _ITEMS_CHANGED | {"note": sa.func.coalesce(sa.func.nullif(CARTS.c.note, ""), _EXCLUDED_NOTE)}
OPEN_FOR_ITEMS_OF_USER = _open(CARTS.c.user_id, _MERGED)
OPEN_FOR_ITEMS_OF_SESSION = _open(CARTS.c.session_id, _MERGED)

_CHANGE_CART = sa.update(CARTS).where(CARTS.c.id == sa.bindparam("cart_id"))
ITEMS_CHANGED = Query(_CHANGE_CART.values(_ITEMS_CHANGED).returning(*_CART_COLUMNS), Cart)
SET_NOTE = Query(_CHANGE_CART.values(note=sa.bindparam("note")).returning(*_CART_COLUMNS), Cart)
FILL_NOTE = Command(_CHANGE_CART.where(CARTS.c.note == "").values(note=sa.bindparam("note")))
"""Touches no cart that has a note."""
DELETE_CART = Command(sa.delete(CARTS).where(CARTS.c.id == sa.bindparam("id")))

ITEMS_OF = Query(
    sa.select(*columns(CartItemTable, CartItem))
    .where(ITEMS.c.cart_id == sa.bindparam("cart_id"))
    .order_by(ITEMS.c.id),
    CartItem,
)
_ADD = insert(CartItemTable).values(
    {column.name: sa.bindparam(column.name) for column in columns(CartItemTable, CartItem)}
)
_SUM = ITEMS.c.quantity + _ADD.excluded.quantity
_SAME_PRODUCT = (ITEMS.c.cart_id, ITEMS.c.product_id)
ADD_ITEM = Query(
    _ADD.on_conflict_do_update(
        index_elements=_SAME_PRODUCT,
        set_={"quantity": _SUM},
        where=sa.literal_column(str(MAX_QUANTITY)) >= _SUM,
    ).returning(ITEMS.c.id),
    UUID,
)
"""Returns nothing when the sum is too large."""
MOVE_ITEM = Command(
    _ADD.on_conflict_do_update(
        index_elements=_SAME_PRODUCT,
        set_={
            "quantity": sa.func.least(_SUM, sa.literal_column(str(MAX_QUANTITY))),
            "note": _ADD.excluded.note,
        },
    )
)
_THIS_ITEM = sa.and_(ITEMS.c.id == sa.bindparam("item_id"), ITEMS.c.cart_id == sa.bindparam("of_cart"))
SET_ITEM = Query(
    sa.update(ITEMS)
    .where(_THIS_ITEM)
    .values(
        quantity=sa.func.coalesce(sa.bindparam("quantity", type_=sa.Integer), ITEMS.c.quantity),
        note=sa.func.coalesce(sa.bindparam("note", type_=sa.Text), ITEMS.c.note),
    )
    .returning(ITEMS.c.id),
    UUID,
)
DELETE_ITEM = Query(sa.delete(ITEMS).where(_THIS_ITEM).returning(ITEMS.c.product_id), UUID)
REWRITE_ITEM = Command(
    sa.update(ITEMS)
    .where(ITEMS.c.id == sa.bindparam("item_id"))
    .values(quantity=sa.bindparam("quantity"), note=sa.bindparam("note"))
)
DELETE_ITEMS = Command(
    sa.delete(ITEMS).where(ITEMS.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid()))))
)
ADD_ITEMS = Insert(CartItemTable, CartItem)

_CHECKOUT_COLUMNS = columns(CheckoutTable, CheckoutAttempt)
_OF_CART = CHECKOUTS.c.cart_id == sa.bindparam("cart_id")
_OF_ORDER_KEY = sa.and_(
    CHECKOUTS.c.user_id == sa.bindparam("of_user"),
    CHECKOUTS.c.key.in_(
        sa.select(CHECKOUTS.c.key)
        .where(
            CHECKOUTS.c.user_id == sa.bindparam("of_user"),
            CHECKOUTS.c.order_key == sa.bindparam("of_order_key"),
        )
        .order_by(CHECKOUTS.c.key)
        .with_for_update()
    ),
)
"""The clicks that became one order. Each of them records the order in all, so they are locked in turn."""
RECORD_CHECKOUT = Insert(CheckoutTable, CheckoutAttempt, ignore_conflict=True)
CHECKOUT = Query(
    sa.select(*_CHECKOUT_COLUMNS).where(
        CHECKOUTS.c.user_id == sa.bindparam("user_id"), CHECKOUTS.c.key == sa.bindparam("key")
    ),
    CheckoutAttempt,
)
OPEN_CHECKOUTS = Query(
    sa.select(*_CHECKOUT_COLUMNS)
    .where(
        _OF_CART,
        sa.or_(
            CHECKOUTS.c.created_at >= sa.bindparam("just_since", type_=_TIME),
            sa.and_(
                CHECKOUTS.c.in_cart,
                sa.or_(
                    CHECKOUTS.c.order_id.is_not(None),
                    CHECKOUTS.c.created_at >= sa.bindparam("repeatable_since", type_=_TIME),
                ),
            ),
        ),
    )
    .order_by(CHECKOUTS.c.created_at.desc(), CHECKOUTS.c.in_cart.desc()),
    CheckoutAttempt,
)
"""Those that hold pieces, and those that have just been. One without an order counts while order still knows
its idempotency key: after that a repeat would order again."""
HOLDING_CHECKOUTS = Query(
    sa.select(*_CHECKOUT_COLUMNS)
    .where(
        _OF_CART,
        sa.or_(CHECKOUTS.c.in_cart, CHECKOUTS.c.order_id == sa.bindparam("order_id", type_=sa.Uuid())),
    )
    .order_by(CHECKOUTS.c.created_at.desc()),
    CheckoutAttempt,
)
"""Those that hold pieces, and those of one order."""
REWRITE_CHECKOUT = Command(
    sa.update(CHECKOUTS)
    .where(CHECKOUTS.c.user_id == sa.bindparam("of_user"), CHECKOUTS.c.key == sa.bindparam("of_key"))
    .values(lines=sa.bindparam("lines"), in_cart=sa.bindparam("in_cart"))
)
RECORD_ORDERED = Command(
    sa.update(CHECKOUTS).where(_OF_ORDER_KEY).values(order_id=sa.bindparam("order_id", type_=sa.Uuid()))
)
FORGET_CHECKOUT = Command(sa.delete(CHECKOUTS).where(_OF_ORDER_KEY, CHECKOUTS.c.order_id.is_(None)))
_IS_AWAITED = sa.and_(
    CHECKOUTS.c.in_cart,
    CHECKOUTS.c.order_id.is_not(None),
    sa.exists().where(CARTS.c.id == CHECKOUTS.c.cart_id),
)
DELETE_CHECKOUTS = Command(
    sa.delete(CHECKOUTS).where(
        CHECKOUTS.c.created_at < sa.bindparam("before", type_=_TIME), sa.not_(_IS_AWAITED)
    )
)
"""One whose order still has to take its pieces stays, so that their number is not forgotten."""
RECORD_ORDER = Insert(CartOrderTable, CartOrder, ignore_conflict=True)
RECORD_RESTORED = Insert(RestoredOrderTable, RestoredOrder, ignore_conflict=True)
RESTORED_ORDER = Query(
    sa.select(RESTORED.c.order_id).where(RESTORED.c.order_id == sa.bindparam("order_id")), UUID
)
DELETE_RESTORED = Command(
    sa.delete(RESTORED).where(RESTORED.c.restored_at < sa.bindparam("before", type_=_TIME))
)

_UNTOUCHED = CARTS.c.updated_at < sa.bindparam("before", type_=_TIME)
_ABANDONED = (
    sa.select(CARTS.c.id)
    .where(
        CARTS.c.user_id.is_not(None),
        CARTS.c.abandoned_notified_at.is_(None),
        _UNTOUCHED,
        sa.exists().where(ITEMS.c.cart_id == CARTS.c.id),
    )
    .order_by(CARTS.c.updated_at)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
MARK_ABANDONED = Query(
    sa.update(CARTS)
    .where(CARTS.c.id.in_(_ABANDONED))
    .values(abandoned_notified_at=sa.func.now())
    .returning(*columns(CartTable, AbandonedCart)),
    AbandonedCart,
)
DELETE_SESSION_CARTS = Command(sa.delete(CARTS).where(CARTS.c.session_id.is_not(None), _UNTOUCHED))
