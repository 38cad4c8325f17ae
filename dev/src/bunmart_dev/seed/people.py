"""The demo users, the customer's address, the driver and the van."""

import asyncio
from typing import Any
from urllib.parse import quote

from bunmart_dev.seed.catalogue import ADDRESS, NAMES
from bunmart_dev.seed.writer import Writer
from bunmart_dev.shop_client import Answer

_PHONES = {"customer": "+4930901820100", "kitchen": "+4930901820101", "driver": "+4930901820102"}
_VEHICLE = {"plate": "B BM 100", "kind": "VAN"}
_CONFLICT = 409


class People:
    """One user a role.

    Args:
        writer: The seed's client.
        logins: E-mail address by role.
        password: Of all of them.
    """

    def __init__(self, writer: Writer, logins: dict[str, str], password: str) -> None:
        self._writer = writer
        self._logins = logins
        self._password = password

    async def create(self) -> None:
        """Create who is missing, by e-mail address, and what belongs to them."""
        customer, driver, *_ = await asyncio.gather(
            self._user("customer"), self._user("driver"), self._user("kitchen"), self._vehicle()
        )
        await asyncio.gather(self._address(customer["user_id"]), self._driver(driver))
        self._writer.say("logins, an address, a driver and a van")

    async def _user(self, role: str) -> dict[str, Any]:
        email = self._logins[role]
        user = await self._find(email)
        if user is None:
            body = {
                "email": email,
                "password": self._password,
                "display_name": NAMES[role],
                "phone": _PHONES[role],
            }
            user = await self._writer.create("/api/users", email, body, taken=_is_taken)
            user = user or await self._find(email) or {}
        if role not in user["roles"]:
            roles = [*user["roles"], role]
            user = await self._writer.put(f"/api/users/{user['user_id']}", {"roles": roles})
        return dict(user)

    async def _find(self, email: str) -> dict[str, Any] | None:
        found = await self._writer.items(f"/api/users?email={quote(email)}")
        return found[0] if found else None

    async def _address(self, user_id: str) -> None:
        path = f"/api/users/{user_id}/addresses"
        if not await self._writer.items(path):
            await self._writer.create(path, ADDRESS["line1"], ADDRESS)

    async def _driver(self, user: dict[str, Any]) -> None:
        drivers = await self._writer.items("/api/drivers")
        if not any(driver["user_id"] == user["user_id"] for driver in drivers):
            body = {"name": user["display_name"], "user_id": user["user_id"], "phone": user["phone"]}
            await self._writer.create("/api/drivers", user["user_id"], body)

    async def _vehicle(self) -> None:
        vehicles = await self._writer.items("/api/vehicles")
        if not any(vehicle["plate"] == _VEHICLE["plate"] for vehicle in vehicles):
            await self._writer.create("/api/vehicles", _VEHICLE["plate"], _VEHICLE)


def _is_taken(answer: Answer) -> bool:
    return answer.status == _CONFLICT
