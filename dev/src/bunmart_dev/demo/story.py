"""Steps of the demo: what a person does, what comes back, what must be so afterwards."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bunmart_dev.shop_client import PATIENCE, Answer, ShopClient

_FIRST_LOOK, _LONGEST_PAUSE = 0.03, 0.5
_SHOWN = 600
"""Characters of a body in a sentence."""
_HOPELESS = frozenset({400, 401, 403, 405})


class NotAsExpectedError(Exception):
    """Something is not as it should be; the text says in a sentence what it is."""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    role: str
    email: str
    token: str
    user_id: str


@dataclass(frozen=True)
class Wait:
    """Something that came true a moment later.

    Attributes:
        seconds: From the first look to the one at which it was so.
        looks: The number of looks.
    """

    what: str
    seconds: float
    looks: int


@dataclass
class Step:
    """One thing that a person does.

    Attributes:
        trace_id: Of all its requests (W3C Trace Context), so that the logs tell what followed from them.
        leaves: The state that the order must have after it; empty when there is no order yet.
        webhook: The payment provider calls the shop in this step, under a trace of its own.
        started: Seconds since the epoch.
        ended: The same; 0 while it is going on.
    """

    shop: ShopClient
    number: int
    who: str
    title: str
    leaves: str
    webhook: bool
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    started: float = field(default_factory=time.time)
    ended: float = 0.0
    order_status: str = ""
    requests: list[Answer] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)

    async def call(
        self, method: str, path: str, person: Person | None = None, *, expect: int = 200, **request: Any
    ) -> Any:
        """Send a request and return the body of its answer.

        Args:
            method: HTTP method.
            path: Below the ingress, or a whole URL.
            person: The person who asks.
            expect: The status that the answer must have.
            request: As for ``ShopClient.call``.

        Raises:
            NotAsExpectedError: The answer has another status.
        """
        token = person.token if person else ""
        answer = await self.shop.call(method, path, token=token, trace_id=self.trace_id, **request)
        self.requests.append(answer)
        self.check(
            answer.status == expect,
            f"{method} {path} was answered with {answer.status} instead of {expect}: {answer.problem}",
        )
        return answer.body

    def check(self, holds: bool, sentence: str) -> None:
        """Refuse to go on unless something holds.

        Raises:
            NotAsExpectedError: It does not; ``sentence`` says what is wrong.
        """
        if not holds:
            raise NotAsExpectedError(f"Step {self.number}, {self.who} {self.title}: {sentence}")

    async def view(self, path: str, person: Person) -> Any:
        """Read an aggregated view; a section whose service is away is waited for."""
        body = await self.call("GET", path, person)
        if body["degraded"]:
            body = await self.until("the page is complete", path, person, lambda page: not page["degraded"])
        return body

    async def until(self, what: str, path: str, person: Person, holds: Callable[[Any], bool]) -> Any:
        """Look again until something is so; the looks are no part of the step's trace.

        Args:
            what: The condition, as a clause.
            path: The path to GET.
            person: The person who looks.
            holds: Judges the body.

        Returns:
            The body for which it holds.

        Raises:
            NotAsExpectedError: It did not come true in time, or the look was refused.
        """
        began, looks, pause = time.monotonic(), 0, _FIRST_LOOK
        while True:
            answer = await self.shop.call("GET", path, token=person.token)
            looks += 1
            seconds = time.monotonic() - began
            if answer.is_success and holds(answer.body):
                self.waits.append(Wait(what, seconds, looks))
                return answer.body
            waiting = seconds + pause < PATIENCE and answer.status not in _HOPELESS
            self.check(
                waiting, f"it is not so that {what}; GET {path} says {answer.status} {_short(answer.body)}"
            )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)


def _short(body: Any) -> str:
    text = str(body)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"


class Listener(Protocol):
    """Hears how the story goes."""

    def begins(self, step: Step) -> None:
        """A step begins."""

    def ends(self, step: Step) -> None:
        """A step is over, and all was as it should be."""


@dataclass
class Chosen:
    """A product that the customer wants.

    Attributes:
        unit_price: Decimal string in major units.
    """

    product_id: str
    name: str
    quantity: int
    unit_price: str


@dataclass
class Story:
    """The people and ids that one step leaves for the next ones.

    Attributes:
        password: Of the demo users, and of the customer who signs up.
        ordered: The two products that are checked out; ``kept`` is the one that stays in the cart.
    """

    shop: ShopClient
    listener: Listener
    password: str
    logins: dict[str, str]
    steps: list[Step] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    address_id: str = ""
    ordered: list[Chosen] = field(default_factory=list)
    kept: Chosen | None = None
    rating: dict[str, Any] = field(default_factory=dict)
    order_id: str = ""
    total: str = ""
    production_order_id: str = ""
    shipment_id: str = ""
    tracking_number: str = ""

    @property
    def customer(self) -> Person:
        """The customer, who orders."""
        return self.people["customer"]

    @property
    def admin(self) -> Person:
        """The administrator, who runs the shop."""
        return self.people["admin"]

    @property
    def order_path(self) -> str:
        """The order over REST."""
        return f"/api/orders/{self.order_id}"

    @asynccontextmanager
    async def step(
        self, who: str, title: str, *, leaves: str = "", webhook: bool = False
    ) -> AsyncIterator[Step]:
        """Open the next step; when it is over, the order's state must be ``leaves``."""
        step = Step(self.shop, len(self.steps) + 1, who, title, leaves, webhook)
        self.steps.append(step)
        self.listener.begins(step)
        yield step
        if leaves:
            answer = await self.shop.call("GET", self.order_path, token=self.customer.token)
            step.order_status = answer.body.get("status", "") if answer.is_success else str(answer.status)
            step.check(
                step.order_status == leaves,
                f"the order must be {leaves} now, but it is {step.order_status}",
            )
        step.ended = time.time()
        self.listener.ends(step)

    async def log_in(self, step: Step, role: str, email: str) -> Person:
        """Sign a person in, and remember that person as ``people[role]``."""
        login = {"email": email, "password": self.password}
        body = await step.call("POST", "/api/auth/login", json=login)
        person = Person(role, email, body["access_token"], body["user_id"])
        step.check(role in body["roles"], f"{email} must have the role {role}, but has {body['roles']}")
        self.people[role] = person
        return person
