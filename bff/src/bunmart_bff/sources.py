"""Reads from the services over REST, with the browser's own token, trace and deadline."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from bunmart_chassis.context import current
from bunmart_chassis.errors import (
    BY_STATUS,
    BunmartError,
    NotFoundError,
    UnavailableError,
)
from bunmart_chassis.telemetry import trace_headers

Answer = TypeVar("Answer")
_BY_HTTP_STATUS: dict[int, type[BunmartError]] = {kind.http_status: kind for kind in BY_STATUS.values()}


class Reader(NamedTuple):
    """On whose behalf a view is read."""

    authorization: str | None


class _Problem(msgspec.Struct):
    detail: str = ""
    code: str = ""


class Sources:
    """One pooled HTTP client for all services.

    Args:
        url: Address template with ``{service}``.
        timeout_seconds: For one source.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._client: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the pool."""
        if self._client is not None:
            await self._client.close()

    async def read(
        self,
        kind: type[Answer],
        service: str,
        path: str,
        reader: Reader,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """GET one resource.

        Args:
            kind: What to read the answer into; further fields are ignored.
            service: Who owns it.
            path: As the browser would use it.
            reader: Whose token is sent.
            query: Query parameters.

        Raises:
            BunmartError: The service's refusal with its code; UNAVAILABLE when it does not answer in time.
        """
        try:
            status, body = await self._get(service, path, reader, query)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnavailableError(f"{service} does not answer.", code="SOURCE_UNAVAILABLE") from error
        if status == 200:  # noqa: PLR2004
            return msgspec.json.decode(body, type=kind)
        raise _refusal(service, status, body)

    async def _get(
        self, service: str, path: str, reader: Reader, query: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        if self._client is None:
            connector = aiohttp.TCPConnector(limit=200, keepalive_timeout=60)
            self._client = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        headers = {"host": service, **trace_headers()}
        if reader.authorization:
            headers["authorization"] = reader.authorization
        if call := current():
            headers["x-request-id"] = call.request_id
        url = self._url.format(service=service) + quote(path)
        async with self._client.get(url, headers=headers, params=query) as response:
            return response.status, await response.read()


def _refusal(service: str, status: int, body: bytes) -> BunmartError:
    kind = _BY_HTTP_STATUS.get(status)
    if kind is None or kind is UnavailableError:
        return UnavailableError(f"{service} does not answer.", code="SOURCE_UNAVAILABLE")
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    return kind(problem.detail or f"{service} refused.", code=problem.code or None)


async def or_nothing(degraded: list[str], name: str, reading: Any) -> Any:
    """Await a source that a view can do without; its name is noted when it is missing.

    A thing that does not exist yet (no payment, no shipment) is no failure: it is just None.
    """
    try:
        return await reading
    except NotFoundError:
        return None
    except (BunmartError, msgspec.DecodeError):
        degraded.append(name)
        return None
