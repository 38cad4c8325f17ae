"""The cookie that a known device carries. It opens nothing; it only has tries of its own."""

from typing import Annotated

from bunmart_chassis.lifecycle import ServiceSettings
from litestar.datastructures import Cookie
from litestar.params import CookieParameter

from bunmart_user.domain.token_expiry import DEVICE_LIFE

_NAME = "bunmart_device"
DeviceCookie = Annotated[str | None, CookieParameter(name=_NAME, max_length=200)]
"""The parameter of a handler that reads the cookie."""


def device_cookie(token: str, settings: ServiceSettings) -> Cookie:
    """Make the cookie of a device: not for scripts, and only for requests of our own pages."""
    return Cookie(
        key=_NAME,
        value=token,
        path="/api",
        max_age=int(DEVICE_LIFE.total_seconds()),
        httponly=True,
        secure=settings.public_url.startswith("https://"),
        samesite="strict",
    )
