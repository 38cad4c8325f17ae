"""One OpenAPI document for the whole shop, merged from those of the services, and a page that shows it."""

import asyncio
import time
from typing import Any

import msgspec
from bunmart_chassis.errors import BunmartError

from bunmart_bff.sources import Reader, Sources

_FRESH_SECONDS = 60.0
DESCRIPTION = """The REST API of BunMart, an online bakery.

Sign in with `POST /api/auth/login` and send the access token as `Authorization: Bearer …`.
Every refusal is `application/problem+json` (RFC 9457) with a stable `code`.
Send an `Idempotency-Key` with a POST, PUT or DELETE to repeat it safely for 24 hours.
Lists take `page_size` and `page_token` and answer `next_page_token`.
Money is a decimal string in major units; times are ISO 8601 in UTC."""


class MergedDocument:
    """The merged document, read again after a minute."""

    def __init__(self, sources: Sources, services: tuple[str, ...]) -> None:
        self._sources = sources
        self._services = services
        self._document: dict[str, Any] | None = None
        self._read_at = 0.0

    async def get(self, own: dict[str, Any]) -> dict[str, Any]:
        """Return the merged document; a service that does not answer is left out and named in it.

        Args:
            own: The BFF's own document.
        """
        if self._document is not None and time.monotonic() - self._read_at < _FRESH_SECONDS:
            return self._document
        found = await asyncio.gather(*(self._read(service) for service in self._services))
        missing = [name for name, document in zip(self._services, found, strict=True) if document is None]
        document = _merge([own, *(each for each in found if each is not None)])
        text = DESCRIPTION
        if missing:
            text += f"\n\n**Not answering now, so not shown:** {', '.join(missing)}."
        document["info"] = {"title": "BunMart", "version": "1", "description": text}
        if not missing:
            self._document, self._read_at = document, time.monotonic()
        return document

    async def _read(self, service: str) -> dict[str, Any] | None:
        try:
            raw = await self._sources.read(msgspec.Raw, service, "/schema/openapi.json", Reader(None))
        except BunmartError:
            return None
        return _with_own_names(service, bytes(raw))


def _with_own_names(service: str, raw: bytes) -> dict[str, Any]:
    """Put the service's name before its schemas: two services may give different things one name."""
    prefix = b'"#/components/schemas/'
    document: dict[str, Any] = msgspec.json.decode(raw.replace(prefix, prefix + f"{service}.".encode()))
    schemas = document.get("components", {}).get("schemas", {})
    document.setdefault("components", {})["schemas"] = {
        f"{service}.{name}": schema for name, schema in schemas.items()
    }
    return document


def _merge(documents: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {"openapi": "3.1.0", "servers": [{"url": "/"}], "paths": {}, "components": {}}
    for document in documents:
        merged["paths"] |= document.get("paths", {})
        for kind, entries in document.get("components", {}).items():
            merged["components"].setdefault(kind, {}).update(entries)
    merged["security"] = [{"bearer": []}]
    return merged
