"""The emulator's Litestar application."""

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException, NotFoundException

from bunmart_dev.stripe_emulator.answers import Answer
from bunmart_dev.stripe_emulator.api import CONTROLLERS, HttpRequest, HttpResponse, respond
from bunmart_dev.stripe_emulator.control import FaultController, PageController, health
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.errors import StripeError, UnknownUrlError

_LOOPBACK_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"


def create_app(emulator: Emulator) -> Litestar:
    """Return the application which serves one emulator: the one in its state when it starts."""
    return Litestar(
        route_handlers=[*CONTROLLERS, FaultController, PageController, health],
        state=State({"emulator": emulator}),
        lifespan=[lambda app: app.state.emulator.running()],
        cors_config=CORSConfig(allow_origins=[], allow_origin_regex=_LOOPBACK_ORIGINS),
        exception_handlers={
            NotFoundException: _unknown,
            MethodNotAllowedException: _unknown,
            StripeError: _refuse,
        },
        openapi_config=None,
        logging_config=None,
    )


def _unknown(request: HttpRequest, _: Exception) -> HttpResponse:
    error = UnknownUrlError(request.scope["method"], request.scope["path"])
    return respond(Answer.refusing(error), "")


def _refuse(_: HttpRequest, error: StripeError) -> HttpResponse:
    return respond(Answer.refusing(error), "")
