"""A running shop as its people see it: everything goes through the edge, payments through the emulator."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from bunmart_dev.demo.paying import GOOD_CARD
from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.launcher.keys import SecretStore
from bunmart_dev.launcher.settings import Settings
from bunmart_dev.launcher.state import StateFolder

from tests.support import outbox, until

WAIT_SECONDS = 60.0
"""The longest that a test waits for what another service does after an answer."""
_ADDRESS = {
    "type": "SHIPPING",
    "line1": "Crumb Lane 7",
    "city": "Hamburg",
    "postal_code": "20095",
    "country": "DE",
}


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    user_id: str
    token: str
    address_id: str = ""


class Shop:
    """The people of a shop, and the steps that they often take."""

    def __init__(self, system: Any, client: httpx.AsyncClient) -> None:
        self.system = system
        self.client = client
        self.staff: dict[str, Person] = {}

    @property
    def admin(self) -> Person:
        return self.staff["admin"]

    async def open(self) -> None:
        """Sign the staff in."""
        for role in ("admin", "kitchen", "driver"):
            self.staff[role] = await self.log_in(DEMO_USERS[role], DEMO_PASSWORD)

    async def log_in(self, email: str, password: str) -> Person:
        login = {"email": email, "password": password}
        answer = await self.call(None, "POST", "/api/auth/login", login, expect=200)
        return Person(answer["user_id"], answer["access_token"])

    async def send(
        self, who: Person | None, method: str, path: str, json: Any = None, **extra: Any
    ) -> httpx.Response:
        headers = {**({"authorization": f"Bearer {who.token}"} if who else {}), **extra.pop("headers", {})}
        return await self.client.request(method, path, json=json, headers=headers, **extra)

    async def call(
        self,
        who: Person | None,
        method: str,
        path: str,
        json: Any = None,
        *,
        expect: int | None = None,
        **extra: Any,
    ) -> Any:
        """The decoded answer; without ``expect`` any 2xx."""
        response = await self.send(who, method, path, json, **extra)
        right = response.is_success if expect is None else response.status_code == expect
        assert right, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if "json" in response.headers.get("content-type", "") else response.content

    async def refused(
        self, who: Person | None, method: str, path: str, json: Any = None, *, status: int
    ) -> Any:
        """The problem document of a refusal."""
        problem = await self.call(who, method, path, json, expect=status)
        assert problem["status"] == status
        return problem

    async def customer(self) -> Person:
        """A new customer with an address in Germany."""
        email = f"case-{secrets.token_hex(6)}@example.org"
        body = {"email": email, "password": DEMO_PASSWORD, "display_name": "Cara Case"}
        user = await self.call(None, "POST", "/api/users", body, expect=201)
        person = await self.log_in(email, DEMO_PASSWORD)
        path = f"/api/users/{user['user_id']}/addresses"
        address = await self.call(person, "POST", path, _ADDRESS, expect=201)
        return Person(person.user_id, person.token, address["address_id"])

    async def product(self, price: str | None = "20.00", **fields: Any) -> str:
        """A new product, for sale at a price in euros; None for no price."""
        body = {"name": f"Bun {secrets.token_hex(4)}", **fields}
        made = await self.call(self.admin, "POST", "/api/products", body, expect=201)
        if price is not None:
            await self.price(made["product_id"], price)
        return str(made["product_id"])

    async def price(self, product_id: str, price: str, **fields: Any) -> Any:
        body = {"product_id": product_id, "unit_price": price, **fields}
        return await self.call(self.admin, "POST", "/api/prices", body, expect=201)

    async def change_product(self, product_id: str, **fields: Any) -> None:
        """Change what an admin can change of a product."""
        path = f"/api/products/{product_id}"
        seen = await self.call(self.admin, "GET", path)
        names = ("name", "description", "unit", "tax_category", "allergens", "active")
        body = {name: seen[name] for name in names} | fields
        await self.call(self.admin, "PUT", path, body)

    async def coupon(self, kind: str = "PERCENT", value: str = "50", **fields: Any) -> dict[str, Any]:
        """A new coupon."""
        body = {"code": f"C{secrets.token_hex(6).upper()}", "type": kind, "value": value, **fields}
        coupon: dict[str, Any] = await self.call(self.admin, "POST", "/api/coupons", body, expect=201)
        return coupon

    async def change_price(self, price: Mapping[str, Any], **fields: Any) -> None:
        hidden = ("price_id", "updated_at")
        body = {name: value for name, value in price.items() if name not in hidden} | fields
        await self.call(self.admin, "PUT", f"/api/prices/{price['price_id']}", body)

    async def change_coupon(self, coupon: Mapping[str, Any], **fields: Any) -> None:
        body = {name: value for name, value in coupon.items() if name != "coupon_id"} | fields
        await self.call(self.admin, "PUT", f"/api/coupons/{coupon['coupon_id']}", body)

    async def fill_cart(self, who: Person, product_id: str, quantity: int = 1) -> dict[str, Any]:
        path = f"/api/products/{product_id}/add-to-cart"
        answer = await self.call(who, "POST", path, {"quantity": quantity})
        cart: dict[str, Any] = answer["cart"]
        return cart

    async def cart(self, who: Person) -> dict[str, int]:
        """Pieces by product."""
        cart = await self.call(who, "GET", f"/api/carts/user/{who.user_id}")
        return {item["product_id"]: item["quantity"] for item in cart["items"]}

    async def check_out(self, who: Person) -> str:
        answer = await self.call(who, "POST", "/api/carts/checkout", expect=201)
        return str(answer["order_id"])

    async def order(self, who: Person, product_id: str, quantity: int = 1) -> str:
        """An order without a cart."""
        body = {"items": [{"product_id": product_id, "quantity": quantity}]}
        return str((await self.call(who, "POST", "/api/orders", body, expect=201))["order_id"])

    async def read(self, who: Person, order_id: str) -> dict[str, Any]:
        order: dict[str, Any] = await self.call(who, "GET", f"/api/orders/{order_id}")
        return order

    async def details(
        self, who: Person, order_id: str, *coupons: str, expect: int = 200, **fields: Any
    ) -> dict[str, Any]:
        body = {"address_id": who.address_id, "coupon_codes": list(coupons), **fields}
        path = f"/api/orders/{order_id}/details"
        order: dict[str, Any] = await self.call(who, "PUT", path, body, expect=expect)
        return order

    async def press_pay(self, who: Person, order_id: str) -> dict[str, str]:
        path = f"/api/orders/{order_id}/request-payment"
        page: dict[str, str] = await self.call(who, "POST", path, expect=200)
        return page

    async def confirm(self, who: Person, page: Mapping[str, str], *, expect: int = 200) -> Any:
        """Pay with a good card at the provider, as the browser does."""
        config = await self.call(who, "GET", "/api/payments/config")
        secret = page["client_secret"]
        path = f"/v1/payment_intents/{secret.partition('_secret_')[0]}/confirm"
        form = {"payment_method": GOOD_CARD, "client_secret": secret, "key": config["publishable_key"]}
        response = await self.client.post(config["provider_url"] + path, data=form)
        assert response.status_code == expect, response.text
        return response.json()

    async def pay(self, who: Person, order_id: str) -> dict[str, Any]:
        """Press Pay, pay, and wait until the order is paid."""
        await self.confirm(who, await self.press_pay(who, order_id))
        return await self.until_order(who, order_id, status="paid")

    async def buy(self, who: Person, product_id: str, quantity: int = 1, *coupons: str) -> str:
        """A paid order."""
        order_id = await self.order(who, product_id, quantity)
        await self.details(who, order_id, *coupons)
        await self.pay(who, order_id)
        return order_id

    async def pack(self, order_id: str) -> None:
        """Bring a paid order as far as packed."""
        path = f"/api/orders/{order_id}"
        job = await self.call(self.admin, "POST", f"{path}/produce")
        for phase in ("PREPARING", "BAKING", "COMPLETED"):
            phases = f"/api/production-orders/{job['production_order_id']}/phase"
            await self.call(self.staff["kitchen"], "PUT", phases, {"phase": phase})
        await self.until_order(self.admin, order_id, status="prepared")
        await self.call(self.admin, "PUT", f"{path}/status", {"status": "packed"})

    async def ship(self, order_id: str) -> str:
        """Give a packed order to the driver; returns the shipment."""
        path = f"/api/orders/{order_id}/request-shipping"
        shipment_id = (await self.call(self.admin, "POST", path))["shipment_id"]
        driver = await self.call(self.staff["driver"], "GET", "/api/drivers/me")
        vehicles = await self.call(self.staff["driver"], "GET", "/api/vehicles")
        body = {"driver_id": driver["driver_id"], "vehicle_id": vehicles["items"][0]["vehicle_id"]}
        await self.call(self.staff["driver"], "PUT", f"/api/shipments/{shipment_id}", body)
        await self.until_order(self.admin, order_id, status="shipping")
        return str(shipment_id)

    async def report(self, shipment_id: str, status: str, **fields: str) -> None:
        """What the driver says of a shipment."""
        path = f"/api/shipments/{shipment_id}/status"
        await self.call(self.staff["driver"], "PUT", path, {"status": status, **fields})

    async def until(self, who: Person, path: str, holds: Callable[[Any], Any]) -> Any:
        """Read something until it is as it should be."""
        seen: list[Any] = []

        async def found() -> bool:
            seen.append(await self.call(who, "GET", path))
            right = bool(holds(seen[-1]))
            if not right:
                await asyncio.sleep(0.05)
            return right

        try:
            await until(found, timeout=WAIT_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{path} stays {str(seen[-1])[:2000]}") from None
        return seen[-1]

    async def until_true(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Ask until the answer is yes."""

        async def asked() -> bool:
            right = await condition()
            if not right:
                await asyncio.sleep(0.05)
            return right

        await until(asked, timeout=WAIT_SECONDS)

    async def until_order(self, who: Person, order_id: str, **wanted: Any) -> dict[str, Any]:
        def holds(order: dict[str, Any]) -> bool:
            return {name: order[name] for name in wanted} == wanted

        order: dict[str, Any] = await self.until(who, f"/api/orders/{order_id}", holds)
        return order

    async def until_told(self, who: Person, template: str, reference: str) -> dict[str, Any]:
        """Wait until a customer has the mail of an event."""

        def named(page: dict[str, Any]) -> list[dict[str, Any]]:
            return [
                each
                for each in page["items"]
                if (each["template_id"], each["reference_id"]) == (template, reference)
            ]

        page = await self.until(who, "/api/notifications?page_size=100", named)
        return named(page)[0]

    async def run_delayed(self, service: str, job: str) -> None:
        """Make delayed jobs of a service due now, as if their time had come."""
        connection = await asyncpg.connect(self.database_url(service))
        try:
            await outbox.make_due(connection, job)
        finally:
            await connection.close()

    def database_url(self, service: str) -> str:
        settings = Settings(StateFolder(self.system.folder), self.system.ports)
        return settings.database_url(service, self.secrets)

    @property
    def secrets(self) -> SecretStore:
        return SecretStore(self.system.folder / "secrets.json")
