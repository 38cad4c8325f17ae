"""A running service with everybody in front of it, who do what they may and what they may not."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx
import stripe

from tests.contract.rights import (
    ASKED_BY_GUARDS,
    SIGNED_OUT,
    Operation,
    People,
    Row,
    Rows,
    fill,
    operations_of,
    requests_of,
)
from tests.contract.rights_things import PNG, Things
from tests.support import FakePeers, ServiceHarness, problem

WEBHOOK_SECRET = "whsec_of_the_table"
REFUSED_OTHERWISE = frozenset({409, 503})
"""What the state of a thing, or a peer without an answer, says after the right was found good."""


class Door:
    """A running service, and everybody in front of it.

    Args:
        name: Its name in the table.
        http: A client of its REST port.
        stores: The services that keep its things, by name: itself, or those that a view is read from.
        people: Everybody.
        peers: The fake peers of the stores.
    """

    def __init__(
        self,
        name: str,
        http: httpx.AsyncClient,
        stores: Mapping[str, ServiceHarness],
        people: People,
        peers: FakePeers,
    ) -> None:
        self._http = http
        self._people = people
        self._peers = peers
        self._things = {each: Things(store.database, people) for each, store in stores.items()}
        self._rows = {each: Rows(store.database) for each, store in stores.items()}
        self.requests = requests_of(name)
        self.operations: dict[str, Operation] = {}

    async def read_document(self) -> None:
        """Read the operations of its OpenAPI document."""
        self.operations = operations_of((await self._http.get("/schema/openapi.json")).json())

    async def find_wrong_denials(self, rows: list[Row]) -> list[str]:
        """Try everything that nobody may; returns what was not refused, or was and left a trace."""
        owner, gone = self._people.ids["customer"], self._people.ids["deactivated"]
        things = {each: await self._make(each) for each in (owner, gone)}
        wrong: list[str] = []
        before = await self._content()
        for row in rows:
            for person in self._denied(row):
                whose = gone if person == "deactivated" else owner
                self._peers.received.clear()
                answer = await self._send(row, person, whose, things[whose])
                after = await self._content()
                wrong += [f"{row.name} by {person}: {each}" for each in _faults(person, answer)]
                changed = {name for name in after if after[name] != before[name]}
                called = {each.method for each in self._peers.received} - ASKED_BY_GUARDS
                if changed or called:
                    wrong.append(f"{row.name} by {person} changed {changed} and called {called}")
                before = after
        return wrong

    async def find_wrong_refusals(self, rows: list[Row]) -> list[str]:
        """Do everything that somebody may, each with things of its own; returns what was refused."""
        wrong: list[str] = []
        for row in rows:
            for person in row.people("y"):
                owner = uuid4()
                answer = await self._send(row, person, owner, await self._make(owner))
                known = (
                    answer.status_code not in REFUSED_OTHERWISE or problem(answer)["code"] == "ACCESS_UNKNOWN"
                )
                if answer.status_code >= 300 and known:
                    wrong.append(f"{row.name} by {person}: {answer.status_code} {answer.text[:300]}")
        return wrong

    def _denied(self, row: Row) -> list[str]:
        denied = [*row.people("n")]
        asks = self.operations[row.operation].changes and "dismissed" in denied
        return [*denied, "leaving"] if asks else denied

    async def _make(self, owner: UUID) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, things in self._things.items():
            made |= await things.make(name, owner)
        return made

    async def _content(self) -> dict[str, tuple[int, str]]:
        return {
            f"{name}.{table}": found
            for name, rows in self._rows.items()
            for table, found in (await rows.read()).items()
        }

    async def _send(self, row: Row, person: str, owner: UUID, things: Mapping[str, Any]) -> httpx.Response:
        method, path = self.operations[row.operation]
        wanted = fill(self.requests.get(row.name, {}), things)
        headers = self._people.headers(person, owner) | {"idempotency-key": str(uuid4())}
        request: dict[str, Any] = {"params": wanted.get("query"), "json": wanted.get("json")}
        if "image" in wanted:
            request["content"], headers["content-type"] = PNG, "image/png"
        if "event" in wanted:
            request["content"], headers["stripe-signature"] = _event()
        path = path.format_map({**things, **wanted.get("path", {})})
        return await self._http.request(method, path, headers=headers, **request)


def _faults(person: str, answer: httpx.Response) -> list[str]:
    expected = {401} if person in SIGNED_OUT else {403, 404}
    if answer.status_code not in expected:
        return [f"{answer.status_code} {answer.text[:300]}"]
    problem(answer)
    return []


def _event() -> tuple[str, str]:
    event = {"id": f"evt_{uuid4()}", "type": "customer.created", "created": 1, "data": {"object": {}}}
    content = json.dumps(event)
    return content, stripe.WebhookSignature.generate_signature_header(content, WEBHOOK_SECRET)
