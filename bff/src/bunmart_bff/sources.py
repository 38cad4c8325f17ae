"""Reads from the services over REST, with the browser's own token, trace and deadline."""

from collections.abc import Awaitable, Mapping
from typing import NamedTuple, TypeVar
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
    """The person for whom a view is read.

    Attributes:
        authorization: The header with the access token, if there is one.
    """

    authorization: str | None


class _Problem(msgspec.Struct):
    detail: str = ""
    code: str = ""


class Sources:
    """One pooled HTTP client for all services.

    Args:
        url: Address template with ``{service}``.
        timeout_seconds: The longest wait for one answer.
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
        """Read one resource with GET.

        Args:
            kind: The type of the answer; further fields are ignored.
            service: The service that owns it.
            path: The path that the browser would use.
            reader: The person whose token is sent.
            query: Query parameters.

        Raises:
            BunmartError: The service's refusal with its code.
            UnavailableError: The service does not answer in time (SOURCE_UNAVAILABLE).
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


async def read_or_none(degraded: list[str], section: str, reading: Awaitable[Answer]) -> Answer | None:
    """Await a section that a view can do without.

    A thing that does not exist yet (no payment, no shipment) is no failure.

    Args:
        degraded: Receives the name of the section when its service fails.
        section: The name of the section.
        reading: The read that gives it.

    Returns:
        The section; None when it does not exist or its service fails.
    """
    try:
        return await reading
    except NotFoundError:
        return None
    except (BunmartError, msgspec.DecodeError):
        degraded.append(section)
        return None
