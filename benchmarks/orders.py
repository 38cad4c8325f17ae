"""Complete orders through the edge: eight requests each, as a browser would send them."""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PAID_WITHIN_SECONDS = 20.0
_PASSWORD = "bench-password"


@dataclass
class Customer:
    """A signed-in customer with an address."""

    headers: dict[str, str]
    address_id: str


@dataclass
class Times:
    """Seconds of each order, and how often the order page had to be asked until it said paid."""

    orders: list[float] = field(default_factory=list)
    polls: int = 0


class Shopper:
    """Places orders.

    Args:
        edge: URL of the ingress.
        client: An HTTP client.
    """

    def __init__(self, edge: str, client: aiohttp.ClientSession) -> None:
        self._edge = edge
        self._client = client
        self._provider = ""
        self._publishable_key = ""

    async def prepare(self, customer: Customer) -> None:
        """Ask where payments are confirmed, as a payment page does once."""
        config = await self._call("GET", "/api/payments/config", customer.headers)
        self._provider, self._publishable_key = config["provider_url"], config["publishable_key"]

    async def sign_up(self) -> Customer:
        """Make a customer."""
        email = f"bench-{uuid.uuid4()}@bunmart.local"
        body = {"email": email, "password": _PASSWORD, "display_name": "Bench"}
        await self._call("POST", "/api/users", {}, body)
        login = await self._call("POST", "/api/auth/login", {}, {"email": email, "password": _PASSWORD})
        headers = {"authorization": f"Bearer {login['access_token']}"}
        address = {
            "type": "SHIPPING",
            "line1": "1 Oven Street",
            "city": "Berlin",
            "postal_code": "10115",
            "country": "DE",
        }
        made = await self._call("POST", f"/api/users/{login['user_id']}/addresses", headers, address)
        return Customer(headers, made["address_id"])

    async def order(self, customer: Customer, times: Times) -> None:
        """Place and pay one order.

        Product list, product page, add to cart, checkout, details, request payment, confirm, order page.
        """
        began = time.monotonic()
        headers = customer.headers
        products = await self._call("GET", "/api/products?page_size=20", headers)
        product_id = products["items"][len(times.orders) % len(products["items"])]["product_id"]
        await self._call("GET", f"/api/views/products/{product_id}", headers)
        await self._call("POST", f"/api/products/{product_id}/add-to-cart", headers, {"quantity": 4})
        checkout = await self._call("POST", "/api/carts/checkout", headers, {})
        path = f"/api/orders/{checkout['order_id']}"
        details = {"address_id": customer.address_id, "coupon_codes": ["WELCOME10"]}
        await self._call("PUT", f"{path}/details", headers, details)
        payment = await self._call("POST", f"{path}/request-payment", headers)
        await self._confirm(payment["client_secret"])
        await self._until_paid(checkout["order_id"], headers, times)
        times.orders.append(time.monotonic() - began)

    async def _confirm(self, client_secret: str) -> None:
        intent = client_secret.split("_secret_", 1)[0]
        form = {
            "client_secret": client_secret,
            "payment_method": "pm_card_visa",
            "key": self._publishable_key,
        }
        url = f"{self._provider}/v1/payment_intents/{intent}/confirm"
        headers = {"authorization": f"Bearer {self._publishable_key}"}
        async with self._client.post(url, data=form, headers=headers) as response:
            if response.status != 200:
                raise SystemExit(f"confirm: {response.status} {await response.text()}")
            await response.read()

    async def _until_paid(self, order_id: str, headers: dict[str, str], times: Times) -> None:
        deadline = time.monotonic() + PAID_WITHIN_SECONDS
        # What a payment page does: it looks when Stripe has answered, then again after a moment.
        await asyncio.sleep(0.1)
        while time.monotonic() < deadline:
            times.polls += 1
            view = await self._call("GET", f"/api/views/orders/{order_id}", headers)
            if view["order"]["status"] == "paid":
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"order {order_id} was not paid within {PAID_WITHIN_SECONDS} s")

    async def _call(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        async with self._client.request(method, self._edge + path, headers=headers, json=body) as response:
            if response.status >= 300:
                raise SystemExit(f"{method} {path}: {response.status} {await response.text()}")
            answer: dict[str, Any] = await response.json()
            return answer


async def run_orders(
    edge: str, *, concurrency: int, orders: int, begin: Callable[[], None] = lambda: None
) -> Times:
    """Place so many orders with so many customers at a time.

    Args:
        edge: URL of the ingress.
        concurrency: Customers at a time.
        orders: In all.
        begin: Called when the customers are signed in and shopping begins.
    """
    times = Times()
    async with aiohttp.ClientSession() as client:
        shopper = Shopper(edge, client)
        customers = [await shopper.sign_up() for _ in range(concurrency)]
        await shopper.prepare(customers[0])
        begin()

        async def worker(customer: Customer, share: int) -> None:
            for _ in range(share):
                await shopper.order(customer, times)

        await asyncio.gather(*(worker(customer, orders // concurrency) for customer in customers))
    return times
