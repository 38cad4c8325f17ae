"""One story in the shop: its customers, goods and coupons, and the orders that come about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx

from tests.life.system import DRIVER_USER, System

_Thing = TypeVar("_Thing")
_ADD_USER = """
INSERT INTO users (id, email, display_name, phone, roles, active, preferences, created_at, updated_at, version,
    password_hash)
VALUES ($1, $2, $3, '+4930123456', '{customer}', true, '{}', now(), now(), 1, '')
"""
_ADD_ADDRESS = """
INSERT INTO addresses (id, user_id, line1, line2, city, state, postal_code, country, type, created_at)
VALUES ($1, $2, 'Baker Street 1', '', 'Berlin', '', '10115', 'DE', 'SHIPPING', now())
"""
PRICES = ("2.50", "4.00", "12.95")
COUPONS: dict[str, dict[str, Any]] = {
    "LAST": {"type": "PERCENT", "value": "10", "limit_total": 1},
    "MINE": {"type": "FIXED", "value": "1.00", "limit_per_customer": 1},
    "GIFT": {"type": "PERCENT", "value": "100", "limit_total": 2, "exclusive": False},
    "FREE": {"type": "FREE_DELIVERY"},
    "ALONE": {"type": "PERCENT", "value": "20", "exclusive": True},
}
CHOICES: tuple[tuple[str, ...], ...] = (
    (),
    ("LAST",),
    ("MINE", "LAST"),
    ("GIFT", "FREE"),
    ("FREE",),
    ("ALONE",),
    ("GIFT",),
)


@dataclass
class Customer:
    """Somebody who buys.

    Attributes:
        id: The account.
        address_id: The address for deliveries and bills.
        name: For the reader.
        added: Pieces that were put into the cart, by product.
        loose: Products whose pieces were set or restored, so that nobody can count them from outside.
    """

    id: UUID
    address_id: UUID
    name: str
    added: Counter[UUID] = field(default_factory=Counter)
    loose: set[UUID] = field(default_factory=set)


@dataclass
class Product:
    """Something to buy; ``prices`` are the ids of its prices."""

    id: UUID
    price_id: UUID


@dataclass
class OrderRef:
    """An order of the story.

    Attributes:
        id: The order.
        customer: The one who made it.
        ordered: Pieces by product as they were ordered.
        secrets: The client secrets of its payments, oldest first.
        from_cart: True when it came from a cart.
        may_end: True once somebody has asked for its end, or for money of it.
    """

    id: UUID
    customer: Customer
    ordered: Counter[UUID]
    from_cart: bool
    secrets: list[str] = field(default_factory=list)
    may_end: bool = False


class Shop:
    """The people, goods and orders of one story.

    Args:
        system: Everything that runs.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.customers: list[Customer] = []
        self.products: list[Product] = []
        self.coupons: dict[str, UUID] = {}
        self.orders: list[OrderRef] = []
        self.admin = system.tokens.auth("admin")
        self.baker = system.tokens.auth("kitchen")
        self.driver = system.tokens.auth("driver", DRIVER_USER)
        self._signed_in: dict[UUID, dict[str, str]] = {}

    async def open(self) -> None:
        """Begin with an empty shop: two customers, three products, the coupons."""
        await self.system.outboxes.clear()
        await self.system.tables.clear()
        users = self.system.services["user"].database
        for name in ("Ann", "Bob"):
            customer = Customer(uuid4(), uuid4(), name)
            await users.execute(_ADD_USER, customer.id, f"{customer.id}@shop.example", name)
            await users.execute(_ADD_ADDRESS, customer.address_id, customer.id)
            self.customers.append(customer)
            self._signed_in[customer.id] = self.system.tokens.auth("customer", customer.id)
        for number, price in enumerate(PRICES):
            body = {"name": f"Bun {number}", "tax_category": "food"}
            product_id = UUID((await self._made("product", "/api/products", body))["product_id"])
            body = {"product_id": str(product_id), "unit_price": price}
            made = await self._made("pricing", "/api/prices", body)
            self.products.append(Product(product_id, UUID(made["price_id"])))
        for code, terms in COUPONS.items():
            made = await self._made("pricing", "/api/coupons", {"code": code, **terms})
            self.coupons[code] = UUID(made["coupon_id"])

    async def _made(self, service: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.call(service, "POST", path, self.admin, body)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def call(
        self, service: str, method: str, path: str, auth: dict[str, str], body: Any = None, key: str = ""
    ) -> httpx.Response:
        """Send a request to a service as somebody."""
        headers = {**auth, "idempotency-key": key} if key else auth
        http = self.system.services[service].http
        return await http.request(method, path, headers=headers, json=body)

    def as_customer(self, customer: Customer) -> dict[str, str]:
        """The headers of a customer who is signed in."""
        return self._signed_in[customer.id]

    def ordered(self, order_id: UUID, customer: Customer, lines: Counter[UUID], *, from_cart: bool) -> None:
        """Note a new order; one that is known is noted once."""
        if all(order.id != order_id for order in self.orders):
            self.orders.append(OrderRef(order_id, customer, lines, from_cart))


def pick_one(things: Sequence[_Thing], pick: int) -> _Thing:
    """Choose one of some things by a number."""
    return things[pick % len(things)]
