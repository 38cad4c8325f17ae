"""The rules of a cart."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from bunmart_cart import domain
from bunmart_cart.domain import Access, Cart, CartItem
from bunmart_chassis.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.services.cart.conftest import SESSION

USER = uuid4()


def cart(user_id: UUID | None = USER, session_id: str | None = None, version: int = 1) -> Cart:
    now = datetime.now(UTC)
    return Cart(UUID(int=1), user_id, session_id, "", version, now, now)


def items(*product_ids: UUID) -> list[CartItem]:
    return [CartItem(uuid4(), UUID(int=1), product_id, 1, "") for product_id in product_ids]


def access(user_id: UUID | None = None, session_id: str = "", *, is_admin: bool = False) -> Access:
    return Access(user_id, is_admin, session_id)


@pytest.mark.parametrize(
    "asker",
    [access(USER), access(USER, SESSION), access(uuid4(), is_admin=True)],
    ids=["the user", "the user with a session", "an admin"],
)
def test_a_users_cart_is_open_to_him_and_to_admins(asker: Access) -> None:
    domain.require_access(cart(), asker)


def test_a_users_cart_is_closed_to_others() -> None:
    with pytest.raises(PermissionDeniedError):
        domain.require_access(cart(), access(uuid4(), SESSION))
    with pytest.raises(UnauthenticatedError):
        domain.require_access(cart(), access(None, SESSION))


def test_a_sessions_cart_is_open_to_who_knows_the_session() -> None:
    domain.require_access(cart(None, SESSION), access(None, SESSION))
    domain.require_access(cart(None, SESSION), access(uuid4(), SESSION))
    for session_id in ("", SESSION + "x", SESSION[:-1], "schlüssel"):
        with pytest.raises(PermissionDeniedError):
            domain.require_access(cart(None, SESSION), access(USER, session_id))


@given(st.lists(st.uuids(), unique=True, min_size=1, max_size=10), st.data())
def test_the_chosen_items_are_exactly_the_named_products(products: list[UUID], data: st.DataObject) -> None:
    named = data.draw(st.lists(st.sampled_from(products), min_size=1))
    inside = items(*products)

    chosen = domain.require_selection(inside, named)

    assert {item.product_id for item in chosen} == set(named)
    assert [item for item in inside if item in chosen] == chosen
    assert domain.require_selection(inside, None) == inside


def test_what_is_not_in_the_cart_cannot_be_chosen() -> None:
    inside, outside = uuid4(), uuid4()
    with pytest.raises(FailedPreconditionError) as refused:
        domain.require_selection(items(inside), [inside, outside])
    assert (refused.value.code, refused.value.metadata) == (
        "PRODUCT_NOT_IN_CART",
        {"product_ids": str(outside)},
    )
    with pytest.raises(FailedPreconditionError) as refused:
        domain.require_selection([], None)
    assert refused.value.code == "CART_EMPTY"


@pytest.mark.parametrize(
    "value", ["", "short", "x" * 129, "sixteen chars at", "x" * 16 + "\n", "x" * 16 + "\x00"]
)
def test_a_session_id_is_long_and_plain(value: str) -> None:
    with pytest.raises(InvalidArgumentError):
        domain.require_session_id("session_id", value)
    assert domain.require_session_id("session_id", SESSION) == SESSION
