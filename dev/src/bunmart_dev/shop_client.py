"""REST through the ingress with the patience of a browser: what a crash interrupts is sent again."""

import asyncio
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE = 60.0
"""Seconds for which a request is repeated while its service is away."""
_AWAY = frozenset({429, 502, 503, 504})
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_LONGEST_PAUSE = 1.0


class ShopError(Exception):
    """The shop did not do what was asked; the text is for the person who asked."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request.

    Attributes:
        body: Decoded JSON, or the bytes of anything else; None when empty.
        started: Seconds since the epoch.
        ms: Milliseconds from the first attempt to the answer.
        interruptions: Why it was sent again, once for each time.
        content_type: Without parameters.
    """

    method: str
    path: str
    status: int
    body: Any
    started: float
    ms: float
    interruptions: tuple[str, ...]
    content_type: str

    @property
    def attempts(self) -> int:
        """The number of times that it was sent."""
        return 1 + len(self.interruptions)

    @property
    def is_success(self) -> bool:
        """True when the status is 2xx."""
        return httpx.codes.is_success(self.status)

    @property
    def problem(self) -> str:
        """The refusal in one line: the ``detail`` of a problem document, or the body."""
        if isinstance(self.body, dict):
            return str(self.body.get("detail") or self.body.get("error") or self.body)
        return str(self.body)


class ShopClient:
    """Calls of several people, each with a token of that person.

    Args:
        client: Its base URL is the ingress.
        patience: Seconds for which a request is repeated while nobody answers.
    """

    def __init__(self, client: httpx.AsyncClient, patience: float = PATIENCE) -> None:
        self._client = client
        self._patience = patience

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        trace_id: str = "",
        key: str = "",
    ) -> Answer:
        """Send a request, and the same again while its service is away (429, 502, 503, 504, no connection).

        Args:
            method: HTTP method.
            path: Below the ingress, or a whole URL.
            token: Access token.
            json: Body as JSON.
            form: Body as a form.
            content: Body as it is; give its type in ``headers``.
            headers: Further headers.
            trace_id: 32 hexadecimal digits; sent as a sampled ``traceparent``.
            key: Idempotency key of an unsafe request; made up by default. The repeats carry the same.

        Raises:
            ShopError: Nobody answered for as long as ``patience``.
        """
        sent = {**(headers or {}), **_headers(method, token, trace_id, key)}
        request = self._client.build_request(
            method, path, json=json, data=form, content=content, headers=sent
        )
        started, began = time.time(), time.monotonic()
        response, interruptions = await self._send(request, began)
        spent = (time.monotonic() - began) * 1000
        kind = response.headers.get("content-type", "").partition(";")[0]
        return Answer(
            method, path, response.status_code, _decoded(response), started, spent, interruptions, kind
        )

    async def _send(self, request: httpx.Request, began: float) -> tuple[httpx.Response, tuple[str, ...]]:
        interruptions: list[str] = []
        pause = 0.1
        while True:
            try:
                response = await self._client.send(request)
                if response.status_code not in _AWAY:
                    return response, tuple(interruptions)
                interruptions.append(f"the answer was {response.status_code}: {response.text[:200]}")
            except httpx.TransportError as error:
                interruptions.append(f"the error was {error!r}")
            if time.monotonic() - began + pause > self._patience:
                raise ShopError(
                    f"{request.method} {request.url} had no answer for {self._patience:.0f} s; at last "
                    f"{interruptions[-1]}"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def log_in(self, email: str, password: str, trace_id: str = "") -> Answer:
        """Sign in; ``access_token`` and ``user_id`` are in the answer."""
        login = {"email": email, "password": password}
        return await self.call("POST", "/api/auth/login", json=login, trace_id=trace_id)


def _headers(method: str, token: str, trace_id: str, key: str) -> dict[str, str]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if method in _UNSAFE:
        headers["idempotency-key"] = key or str(uuid.uuid4())
    if trace_id:
        headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
    return headers


def _decoded(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if "json" in response.headers.get("content-type", ""):
        return response.json()
    return response.content


@asynccontextmanager
async def shop_client(url: str, patience: float = PATIENCE) -> AsyncIterator[ShopClient]:
    """Open a client of the ingress at ``url``."""
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT) as client:
        yield ShopClient(client, patience)
