"""Opening payment intents at a Stripe that fails or refuses."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import msgspec
import pytest

from tests.services.payment.conftest import OpenTill, Till, rows
from tests.support import rpc_error


async def test_after_a_lasting_failure_of_stripe_the_next_attempt_has_another_key(till: Till) -> None:
    till.provider.faults(fail_next_requests=1)
    refused = await rpc_error(till.open())
    assert (refused.status, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STRIPE_FAILED")
    assert (await till.open()).client_secret
    assert await rows(till) == [("FAILED", "refused"), ("PENDING", None)]
    await till.service.settle()
    assert till.told_order() == []


async def test_a_failure_of_stripe_stands_although_the_call_is_refused_under_a_key(till: Till) -> None:
    key = (("idempotency-key", "k1"),)
    till.provider.faults(fail_next_requests=1)
    refused = await rpc_error(till.stub.CreatePaymentIntent(till.request(), metadata=key))
    assert refused.reason == "STRIPE_FAILED"
    assert await rows(till) == [("FAILED", "refused")]
    opened = await till.stub.CreatePaymentIntent(till.request(), metadata=key)
    assert opened.client_secret
    assert await rows(till) == [("FAILED", "refused"), ("PENDING", None)]


class RefusingStripe:
    """A Stripe that answers everything with the same error."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 400
        self.error: dict[str, str] = {}

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        body = msgspec.json.encode({"error": self.error})
        start = f"HTTP/1.1 {self.status} X\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(start.encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def refusing() -> AsyncIterator[RefusingStripe]:
    """A Stripe that refuses."""
    refusing = RefusingStripe("")
    async with await asyncio.start_server(refusing.answer, "127.0.0.1", 0) as server:
        refusing.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield refusing


INVALID, PRECONDITION = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
REFUSALS = [
    (400, {"code": "amount_too_small", "message": "Small."}, (INVALID, "INVALID_ARGUMENT", ["amount"])),
    (400, {"param": "currency", "message": "No."}, (INVALID, "INVALID_ARGUMENT", ["currency_code"])),
    (400, {"code": "account_invalid", "message": "No."}, (PRECONDITION, "STRIPE_REFUSED", [])),
]
TROUBLES = [
    (401, {"message": "Invalid API Key provided: sk_test_***"}),
    (403, {"message": "This key may not."}),
    (429, {"code": "rate_limit", "message": "Slow down."}),
]


async def test_what_stripe_refuses_is_told_as_what_it_is(
    open_till: OpenTill, refusing: RefusingStripe
) -> None:
    till = await open_till(stripe_base_url=refusing.url)
    for refusing.status, error, expected in REFUSALS:
        refusing.error = {"type": "invalid_request_error", **error}
        refused = await rpc_error(till.open())
        assert (refused.status, refused.reason, refused.fields) == expected
    assert await rows(till) == [("FAILED", "refused")] * len(REFUSALS)


async def test_trouble_with_stripe_leaves_the_payment_to_the_repeat(
    open_till: OpenTill, refusing: RefusingStripe
) -> None:
    till = await open_till(stripe_base_url=refusing.url)
    for refusing.status, error in TROUBLES:
        refusing.error = {"type": "invalid_request_error", **error}
        refused = await rpc_error(till.open())
        assert (refused.status, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STRIPE_UNAVAILABLE")
        assert "sk_test" not in refused.message
    assert await rows(till) == [("PENDING", None)]


async def test_nobody_listens_at_stripe(open_till: OpenTill) -> None:
    till = await open_till(stripe_base_url="http://127.0.0.1:9")
    refused = await rpc_error(till.open())
    assert (refused.status, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STRIPE_UNAVAILABLE")
