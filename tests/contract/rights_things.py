"""The things that requests of ``rights.yaml`` are about: the fewest rows of each service, owned by one user."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from bunmart_chassis.storage import Database
from bunmart_user.opaque_tokens import new_token

from tests.contract.rights import ROLES, VERSION, People

PASSWORD = "correct horse battery"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
_COLUMNS = """
SELECT column_name AS name, data_type AS kind FROM information_schema.columns WHERE table_name = $1
AND table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL
"""
_VALUES: dict[str, Callable[[], Any]] = {
    "uuid": uuid4,
    "text": lambda: "",
    "integer": lambda: 1,
    "smallint": lambda: 1,
    "bigint": lambda: 1,
    "numeric": lambda: Decimal(5),
    "boolean": lambda: True,
    "bytea": lambda: b"x",
    "jsonb": dict,
    "ARRAY": list,
    "timestamp with time zone": lambda: datetime.now(UTC),
}
_NUMBERS = itertools.count(1)
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Things:
    """Makes things in the database of a service.

    Args:
        database: The database.
        people: Who is there beside the owner.
    """

    def __init__(self, database: Database, people: People) -> None:
        self.database = database
        self.people = people
        self._columns: dict[str, list[tuple[str, str]]] = {}

    async def insert(self, table: str, **values: Any) -> Any:
        """Insert a row; a column without a value that needs one gets any. Returns its id, if it has one."""
        if table not in self._columns:
            rows = await self.database.fetch(_COLUMNS, table)
            self._columns[table] = [(row["name"], row["kind"]) for row in rows]
        full = {name: _VALUES[kind]() for name, kind in self._columns[table]} | values
        places = ", ".join(f"${number}" for number in range(1, len(full) + 1))
        statement = f"INSERT INTO {table} ({', '.join(full)}) VALUES ({places}) ON CONFLICT DO NOTHING"
        await self.database.execute(statement, *full.values())
        return full.get("id")

    async def make(self, service: str, owner: UUID) -> dict[str, Any]:
        """Make all things of a service for an owner.

        Returns:
            What may stand in braces in a path and in ``rights.yaml``: ids by the names of the parameters.
        """
        number = next(_NUMBERS)
        job_id = 1_000_000 + number
        await self.database.execute(
            "INSERT INTO pgqueuer (id, priority, status, entrypoint) VALUES ($1, 0, 'failed', 'Nothing')",
            job_id,
        )
        common = {"job_id": job_id, "owner": owner, "user_id": owner, "word": f"word{number}"}
        return common | {"new_id": uuid4()} | await _MAKERS[service](self, owner, number)

    async def make_accounts(self) -> None:
        """Make the accounts of all people, in the user service."""
        for person, user_id in self.people.ids.items():
            await self.make_account(user_id, ROLES.get(person, "customer"))

    async def make_account(self, user_id: UUID, role: str = "customer") -> None:
        """Make the account of a user with a role, unless it is there."""
        values = {"email": f"{user_id}@example.org", "roles": [role], "password_hash": _HASH}
        await self.insert("users", id=user_id, display_name="Ada", credentials_version=VERSION, **values)


async def _product(things: Things, _: UUID, number: int) -> dict[str, Any]:
    category = await things.insert("categories", name=f"Category {number}")
    tag = await things.insert("tags", name=f"Tag {number}")
    product = await things.insert("products", name="Bun", active=False, category_id=category)
    image = await things.insert("product_images", product_id=product, content_type="image/png", data=PNG)
    return {"product_id": product, "category_id": category, "tag_id": tag, "image_id": image}


async def _kitchen(things: Things, owner: UUID, _: int) -> dict[str, Any]:
    order = uuid4()
    made = await things.insert("production_orders", user_order_id=order, customer_id=owner, phase="PREPARING")
    by_hand = await things.insert("production_orders", phase="PREPARING")
    for each in (made, by_hand):
        await things.insert("production_order_lines", production_order_id=each)
    image = await things.insert(
        "preparation_images", production_order_id=made, content=PNG, content_type="image/png"
    )
    return {
        "production_order_id": made,
        "by_hand_id": by_hand,
        "user_order_id": order,
        "image_id": image,
    }


async def _pricing(things: Things, _: UUID, number: int) -> dict[str, Any]:
    product = uuid4()
    now = datetime.now(UTC)
    later = now.replace(year=now.year + 1, day=1)
    campaign = await things.insert("campaigns", starts_at=now, ends_at=later)
    return {
        "product_id": product,
        "price_id": await things.insert("prices", product_id=product, currency_code="EUR"),
        "campaign_id": campaign,
        "discount_id": await things.insert("discounts", type="PERCENT", campaign_id=campaign),
        "coupon_id": await things.insert("coupons", code=f"CODE{number}", type="PERCENT"),
    }


async def _cart(things: Things, owner: UUID, _: int) -> dict[str, Any]:
    session = f"session-of-a-visitor-{uuid4()}"
    cart = await things.insert("carts", user_id=owner)
    visitors = await things.insert("carts", session_id=session)
    for each in (cart, visitors):
        item = await things.insert("cart_items", cart_id=each)
    item = await things.insert("cart_items", cart_id=cart)
    return {"cart_id": cart, "item_id": item, "session_id": session, "visitors_cart_id": visitors}


async def _order(things: Things, owner: UUID, _: int) -> dict[str, Any]:
    product, address = uuid4(), uuid4()
    order = await things.insert("orders", user_id=owner, status="pending", currency_code="EUR")
    await things.insert("order_lines", order_id=order, product_id=product)
    refund = await things.insert("refunds", order_id=order, status="PENDING", lines=[], taxes=[])
    return {"order_id": order, "product_id": product, "refund_id": refund, "address_id": address}


async def _payment(things: Things, owner: UUID, _: int) -> dict[str, Any]:
    order = uuid4()
    values = {"order_id": order, "user_id": owner, "currency_code": "EUR", "refund_total": Decimal(0)}
    payment = await things.insert("payments", status="PENDING", client_secret="secret", **values)
    await things.insert("payment_logs", payment_id=payment)
    return {"order_id": order, "payment_id": payment}


async def _shipping(things: Things, owner: UUID, number: int) -> dict[str, Any]:
    order, account = uuid4(), things.people.ids["driver"]
    for each in (account, things.people.ids["admin"]):
        await things.insert("drivers", user_id=each, name="Dora")
    driver = (await things.database.fetch("SELECT id FROM drivers WHERE user_id = $1", account))[0]["id"]
    vehicle = await things.insert("vehicles", plate=f"BM {number}", kind="VAN")
    assigned = await things.insert(
        "shipments",
        order_id=order,
        user_id=owner,
        status="ASSIGNED",
        tracking_number=f"T{number}",
        driver_id=driver,
        vehicle_id=vehicle,
    )
    image = await things.insert(
        "delivery_images", shipment_id=assigned, content_type="image/png", content=PNG
    )
    return {
        "order_id": order,
        "shipment_id": assigned,
        "waiting_id": await things.insert("shipments", user_id=owner, status="PENDING"),
        "image_id": image,
        "driver_id": driver,
        "vehicle_id": vehicle,
        "free_driver_id": await things.insert("drivers", name="Ben"),
        "free_vehicle_id": await things.insert("vehicles", plate=f"BM FREE {number}", kind="VAN"),
    }


async def _notification(things: Things, owner: UUID, number: int) -> dict[str, Any]:
    template = f"template_{number}"
    await things.insert("templates", id=template, subject="Hello", body="Hello", confidential=False)
    return {
        "template_id": template,
        "rule_id": await things.insert("rules", template_id=template, channel="SMS"),
        "notification_id": await things.insert(
            "notifications", user_id=owner, channel="IN_APP", status="FAILED", template_id=template
        ),
    }


async def _review(things: Things, owner: UUID, _: int) -> dict[str, Any]:
    product = uuid4()
    review = await things.insert("reviews", product_id=product, user_id=owner, status="PUBLISHED", rating=4)
    await things.insert("product_ratings", product_id=product, rating_sum=4)
    log = await things.insert("moderation_logs", review_id=review, action="note")
    return {"product_id": product, "review_id": review, "log_id": log}


async def _user(things: Things, owner: UUID, number: int) -> dict[str, Any]:
    await things.make_account(owner)
    far = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1, day=1)
    session = await things.insert("sessions", user_id=owner, expires_at=far)
    (refresh_token, refresh_hash), (reset_token, reset_hash) = new_token(), new_token()
    await things.insert("refresh_tokens", family=session, user_id=owner, hash=refresh_hash, expires_at=far)
    await things.insert("password_resets", user_id=owner, hash=reset_hash, expires_at=far)
    return {
        "address_id": await things.insert("addresses", user_id=owner, country="DE", type="SHIPPING"),
        "session_id": session,
        "refresh_token": refresh_token,
        "reset_token": reset_token,
        "password": PASSWORD,
    }


_MAKERS: dict[str, Callable[[Things, UUID, int], Awaitable[dict[str, Any]]]] = {
    "product": _product,
    "kitchen": _kitchen,
    "pricing": _pricing,
    "cart": _cart,
    "order": _order,
    "payment": _payment,
    "shipping": _shipping,
    "notification": _notification,
    "review": _review,
    "user": _user,
}
