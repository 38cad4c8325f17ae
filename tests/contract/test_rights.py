"""Who may do what: every operation of every OpenAPI document, by everybody; a denied request leaves no trace."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization

from tests.contract.rights import People, rows_of
from tests.contract.rights_door import WEBHOOK_SECRET, Door
from tests.contract.rights_things import Things
from tests.contract.test_grpc import SERVICES
from tests.support import FakePeers, ServiceHarness, StartService, Tokens

NEVER = 3600.0
"""Seconds between two questions which access ended; the test lets the guard ask."""
Start = Callable[[str], Awaitable[ServiceHarness]]


@pytest.fixture
async def people(tokens: Tokens, peers: FakePeers) -> People:
    """Everybody; the user service knows who they are."""
    found = People(tokens)
    found.tell(peers)
    return found


@pytest.fixture
def start(start_service: StartService, people: People, tokens: Tokens, tmp_path: Path) -> Start:
    """``await start("order")``: a service that knows whose access ended."""
    pem = tokens.private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / f"{tokens.key_id}.pem").write_bytes(pem)
    more: dict[str, dict[str, Any]] = {
        "payment": {"stripe_webhook_secret": WEBHOOK_SECRET},
        "user": {"jwt_signing_keys": tmp_path},
    }

    async def begin(name: str) -> ServiceHarness:
        settings = more.get(name, {})
        service = await start_service(name, check_access=True, access_poll_seconds=NEVER, **settings)
        if name == "user":
            await _dismiss(service, people)
        else:
            await service.service.access.learn()
        return service

    return begin


async def _dismiss(service: ServiceHarness, people: People) -> None:
    """Let an admin dismiss and deactivate in the user service; its guard does not hear of the last one."""
    await Things(service.database, people).make_accounts()
    for person, body in (
        ("dismissed", {"roles": ["customer"]}),
        ("deactivated", {"active": False}),
        ("leaving", {"roles": ["customer"]}),
    ):
        if person == "leaving":
            await service.service.access.learn()
        url = f"/api/users/{people.ids[person]}"
        answer = await service.http.put(url, json=body, headers=people.headers("admin", uuid4()))
        assert answer.status_code == 200, answer.text
    await service.settle()


async def _check(name: str, door: Door) -> None:
    await door.read_document()
    rows = rows_of(name)
    assert {row.operation for row in rows} == door.operations.keys()
    assert door.requests.keys() <= {row.name for row in rows}

    wrong = await door.find_wrong_denials(rows) + await door.find_wrong_refusals(rows)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", SERVICES)
async def test_everybody_does_what_the_table_says(
    start: Start, people: People, peers: FakePeers, name: str
) -> None:
    service = await start(name)

    await _check(name, Door(name, service.http, {name: service}, people, peers))


@asynccontextmanager
async def _sources(services: dict[str, ServiceHarness]) -> AsyncIterator[str]:
    """Yield the URL of a port behind which these services are, told apart by the Host header."""

    async def forward(request: web.Request) -> web.Response:
        service = services.get(request.headers["host"])
        if service is None:
            return web.json_response({"detail": "No such thing.", "code": "NOT_FOUND"}, status=404)
        sent = (
            {"authorization": request.headers["authorization"]} if "authorization" in request.headers else {}
        )
        answer: httpx.Response = await service.http.get(request.path_qs, headers=sent)
        return web.Response(
            body=answer.content, status=answer.status_code, content_type=answer.headers["content-type"]
        )

    app = web.Application()
    app.router.add_get("/{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_view_shows_what_its_services_would(
    start: Start, start_service: StartService, people: People, peers: FakePeers
) -> None:
    services = {name: await start(name) for name in ("order", "product")}
    async with _sources(services) as url:
        bff = await start_service("bff", peer_url=url)

        await _check("bff", Door("bff", bff.http, services, people, peers))
        await bff.stop()
