"""What the demo makes of access logs, and when it says no."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from bunmart_dev.demo.calls import AccessLogs, Call, Calls
from bunmart_dev.demo.picture import loaf
from bunmart_dev.demo.story import NotAsExpectedError, Person, Step, Story
from bunmart_dev.demo.timeline import WIDTH, Timeline, shorten
from bunmart_dev.demo.verdict import ACCESS, OPTIONAL, judge
from bunmart_dev.seed.catalogue import PRODUCTS
from bunmart_dev.seed.drawings import DRAWINGS, draw
from bunmart_dev.shop_client import ShopClient, ShopError
from bunmart_mesh.policy import load_policy
from rich.console import Console

ORDER_ID = "01a204b9-5651-72a2-8e67-3da75053e952"
CUSTOMER = Person("customer", "ada@example.org", "token", "u1")


def shop(
    *answers: httpx.Response | Exception, patience: float = 5.0
) -> tuple[ShopClient, list[httpx.Request]]:
    """A client of a shop that gives these answers, the last one for ever."""
    left, asked = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return given

    client = httpx.AsyncClient(base_url="http://shop", transport=httpx.MockTransport(answer))
    return ShopClient(client, patience), asked


class Silent:
    def begins(self, step: Step) -> None:
        pass

    def ends(self, step: Step) -> None:
        pass


def step_of(client: ShopClient, number: int = 1, *, webhook: bool = False, started: float = 0.0) -> Step:
    return Step(client, number, "customer", "buys", "", webhook, trace_id=f"{number:032x}", started=started)


def call(caller: str, callee: str, rpc: str, trace: int = 1, at: float = 1.0, status: str = "OK") -> Call:
    return Call(f"{trace:032x}" if trace else "", at, caller, callee, rpc, True, status, 3)


async def test_a_request_is_repeated_under_its_key_until_somebody_answers() -> None:
    gone = httpx.ConnectError("refused")
    client, asked = shop(gone, httpx.Response(503), httpx.Response(201, json={"order_id": "o"}))

    answer = await client.call("POST", "/api/carts/checkout", json={}, trace_id="a" * 32)

    assert (answer.status, answer.body, answer.attempts) == (201, {"order_id": "o"}, 3)
    assert answer.interruptions == ("the error was ConnectError('refused')", "the answer was 503: ")
    assert len({request.headers["idempotency-key"] for request in asked}) == 1
    assert asked[0].headers["traceparent"].startswith(f"00-{'a' * 32}-")


async def test_patience_ends_with_a_sentence() -> None:
    client, _ = shop(httpx.Response(503, text="no healthy upstream"), patience=0.2)
    with pytest.raises(ShopError, match=r"GET http://shop/api/tags had no answer .* no healthy upstream"):
        await client.call("GET", "/api/tags")


async def test_a_refusal_is_not_repeated() -> None:
    client, asked = shop(httpx.Response(409, json={"detail": "taken"}))
    answer = await client.call("POST", "/api/users", json={})
    assert (answer.status, answer.problem, len(asked)) == (409, "taken", 1)


async def test_another_status_than_the_expected_one_ends_the_story() -> None:
    client, _ = shop(httpx.Response(500, json={"detail": "oops"}))
    with pytest.raises(
        NotAsExpectedError, match=r"Step 1, customer buys: GET /api/x was answered with 500 .*oops"
    ):
        await step_of(client).call("GET", "/api/x", CUSTOMER)


async def test_what_is_refused_does_not_come_true_later() -> None:
    client, asked = shop(httpx.Response(403, json={"detail": "no"}))
    with pytest.raises(NotAsExpectedError, match="it is not so that the order is paid"):
        await step_of(client).until("the order is paid", "/api/orders/1", CUSTOMER, lambda _: True)
    assert len(asked) == 1


async def test_a_step_that_leaves_the_order_in_another_state_ends_the_story() -> None:
    client, _ = shop(httpx.Response(200, json={"status": "pending"}))
    story = Story(client, Silent(), "password", {}, people={"customer": CUSTOMER}, order_id=ORDER_ID)
    with pytest.raises(NotAsExpectedError, match="must be paid now, but it is pending"):
        async with story.step("Stripe", "tells the shop", leaves="paid"):
            pass


def line(**fields: Any) -> str:
    defaults = {
        "ts": "2026-01-01T00:00:00.500Z",
        "service": "order",
        "peer": "spiffe://bunmart/ns/default/sa/cart",
        "method": "POST",
        "path": "/bunmart.order.v1.OrderService/CreateOrderIntent",
        "code": 200,
        "grpc_status": 0,
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "duration_ms": 12,
    }
    return json.dumps({**defaults, **fields}) + "\n"


def test_the_logs_tell_who_called_whom_from_now_on(tmp_path: Path) -> None:
    log = tmp_path / "order.inbound.access.log"
    log.write_text(line())
    logs = AccessLogs(tmp_path)
    half = line(grpc_status=14)
    with log.open("a") as file:
        file.write("not json\n" + line() + half[:40])

    [found] = logs.read()
    with log.open("a") as file:
        file.write(half[40:] + line(peer="spiffe://bunmart/ns/default/sa/edge", path="/api/orders"))

    assert (found.caller, found.callee, found.what, found.status, found.ms, found.trace_id) == (
        "cart",
        "order",
        "CreateOrderIntent",
        "OK",
        12,
        "a" * 32,
    )
    assert [each.status for each in logs.read()] == ["UNAVAILABLE"]


def test_calls_belong_to_the_step_with_their_trace_and_those_of_a_webhook_to_the_step_that_waits() -> None:
    client, _ = shop(httpx.Response(200))
    pays, waits = step_of(client, 1, started=10), step_of(client, 2, webhook=True, started=20)
    pays.ended = 19
    calls = Calls()

    calls.add([call("order", "notification", "SendNotification", trace=9, at=22)], [pays, waits])
    calls.add([call("payment", "order", "NotifyPaymentResult", trace=9, at=21)], [pays, waits])
    calls.add([call("order", "payment", "CreatePaymentIntent", trace=1, at=30)], [pays, waits])
    calls.add([call("review", "user", "ValidateUser", trace=8, at=21)], [pays, waits])

    assert [each.what for each in calls.of(pays)] == ["CreatePaymentIntent"]
    assert [each.what for each in calls.of(waits)] == ["NotifyPaymentResult", "SendNotification"]


def test_every_row_of_the_table_must_be_seen_but_the_optional_ones() -> None:
    policy = load_policy()
    rows = [(each.caller, each.callee, rpc) for each in policy.grpc for rpc in each.rpcs]
    optional = {row for row in rows if row in OPTIONAL or row[2] in ACCESS}
    needed = [call(*row) for row in rows if row not in optional]

    assert set(OPTIONAL) <= set(rows)
    assert judge(needed, policy).missing == []
    assert set(judge(needed, policy).unseen) == optional
    assert all(judge(needed, policy).unseen.values())
    assert judge(needed[1:], policy).missing == [rows[0]]


def test_a_call_outside_the_policy_is_named() -> None:
    page = Call("t", 1.0, "bff", "cart", "GET /api/carts", False, "200", 1)
    allowed = Call("t", 1.0, "bff", "product", "GET /api/products/batch", False, "200", 1)
    webhook = Call("", 1.0, "Stripe", "payment", "POST /webhooks/stripe", False, "200", 1)
    verdict = judge([call("order", "product", "ValidateProducts"), page, allowed, webhook], load_policy())
    assert verdict.forbidden == [
        "bff may not ask cart for GET /api/carts",
        "order may not call ValidateProducts of product",
    ]


def test_the_timeline_fits_into_a_hundred_columns_without_colour() -> None:
    written = io.StringIO()
    client, _ = shop(httpx.Response(200))
    step = step_of(client, started=1.0)
    step.order_status = "pending"
    long = f"/api/production-orders/order/{ORDER_ID}/images/{ORDER_ID}/{'x' * 80}"
    calls = [Call("t", 1.25, "payment", "notification", f"GET {long}", False, "404", 123456)]

    Timeline(Console(file=written, highlight=False, soft_wrap=True)).step(step, calls)

    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "\x1b" not in written.getvalue()
    assert lines[0] == "  1  customer: buys"
    assert "+250 ms  payment → notification" in lines[1]
    assert lines[-1].strip() == "order: pending"
    assert shorten(f"http://stripe/v1/{ORDER_ID}/x") == "/v1/…53e952/x"


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.drawing)
def test_every_product_has_a_picture_of_its_own(product: Any) -> None:
    picture = draw(product.drawing, product.background)
    assert picture.startswith(b"<svg xmlns=")
    assert picture.endswith(b"</svg>")
    assert len(picture) < 6000
    assert b"script" not in picture
    assert len(DRAWINGS) == len({each.drawing for each in PRODUCTS}) == len(PRODUCTS)


def test_the_kitchens_picture_is_a_png() -> None:
    assert loaf().startswith(b"\x89PNG\r\n\x1a\n")
    assert loaf().endswith(b"IEND\xaeB`\x82")
