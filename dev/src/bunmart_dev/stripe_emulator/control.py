"""Paths that Stripe does not have: health, the fault knobs, and the page for people who develop."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from litestar import Controller, MediaType, Response, delete, get, post, put
from litestar.response import Redirect

from bunmart_dev.stripe_emulator import intents, operations
from bunmart_dev.stripe_emulator.answers import Answer
from bunmart_dev.stripe_emulator.api import HttpRequest
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.faults import Faults
from bunmart_dev.stripe_emulator.forms import parse
from bunmart_dev.stripe_emulator.objects import PaymentIntent
from bunmart_dev.stripe_emulator.operations import Call
from bunmart_dev.stripe_emulator.pages import authentication_page, intents_page
from bunmart_dev.stripe_emulator.parameters import ListIntents

_SHOWN = 100


@get("/health")
async def health() -> dict[str, str]:
    """Answer as long as the process serves."""
    return {"status": "ok"}


class FaultController(Controller):
    """The faults that are set."""

    path = "/_emulator/faults"

    @get()
    async def show(self, request: HttpRequest) -> Faults:
        """Show the faults and what is left of their counts."""
        return _emulator(request).faults.faults

    @put()
    async def replace(self, request: HttpRequest, data: Faults) -> Faults:
        """Replace all faults; what is not named is off."""
        _emulator(request).set_faults(data)
        return data

    @delete(status_code=200)
    async def clear(self, request: HttpRequest) -> Faults:
        """Turn all faults off."""
        faults = Faults()
        _emulator(request).set_faults(faults)
        return faults


class PageController(Controller):
    """Intents with a Pay button, and the bank's challenge."""

    path = "/_emulator"

    @get(media_type=MediaType.HTML)
    async def show(self, request: HttpRequest, notice: str = "") -> str:
        """List the newest intents."""
        page, _ = _emulator(request).store.page(PaymentIntent, ListIntents(limit=_SHOWN))
        return intents_page(page, notice)

    @post("/intents/{object_id:str}/pay")
    async def pay(self, request: HttpRequest, object_id: str) -> Response[None]:
        """Confirm an intent with a test card."""
        form = parse(await request.body())
        card = form.get("payment_method", "pm_card_visa")
        answer = _emulator(request).run(operations.confirm_intent, object_id, {"payment_method": card})
        return _see(_with_query("/_emulator", _notice(answer)))

    @get("/authenticate/{object_id:str}", media_type=MediaType.HTML)
    async def challenge(self, request: HttpRequest, object_id: str) -> str:
        """Show the bank's challenge."""
        return authentication_page(_emulator(request).store.get(PaymentIntent, object_id))

    @post("/authenticate/{object_id:str}")
    async def authenticate(self, request: HttpRequest, object_id: str) -> Response[None]:
        """Pass or fail the challenge, and lead back to where the shop wants its customer."""
        succeeds = parse(await request.body()).get("outcome") == "pass"
        intent = _emulator(request).store.get(PaymentIntent, object_id)
        action = intent.next_action or {}
        answer = _emulator(request).run(authentication(succeeds=succeeds), object_id)
        if notice := _notice(answer):
            return _see(_with_query("/_emulator", notice))
        if "redirect_to_url" not in action:
            return _see("/_emulator")
        outcome = {
            "payment_intent": intent.id,
            "payment_intent_client_secret": intent.client_secret,
            "redirect_status": "succeeded" if succeeds else "failed",
        }
        return _see(_with_query(action["redirect_to_url"]["return_url"], outcome))


def authentication(*, succeeds: bool) -> operations.Operation:
    """Return the operation which ends a challenge."""

    def authenticate(call: Call) -> PaymentIntent:
        return intents.authenticate(
            call.store.get(PaymentIntent, call.object_id), call.changes, succeeds=succeeds
        )

    return authenticate


def _emulator(request: HttpRequest) -> Emulator:
    emulator: Emulator = request.app.state.emulator
    return emulator


def _notice(answer: Answer) -> dict[str, str]:
    error = msgspec.json.decode(answer.body).get("error")
    return {"notice": error["message"]} if error else {}


def _with_query(url: str, added: dict[str, str]) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), *added.items()])).geturl()


def _see(url: str) -> Redirect:
    return Redirect(url, status_code=303)
