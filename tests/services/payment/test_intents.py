"""Opening payment intents: repeats, concurrent calls, other amounts, a Stripe that fails."""

import asyncio

import grpc
import pytest

from tests.services.payment.conftest import OpenTill, Till, rows
from tests.support import rpc_error, until
from tests.support.secrets import places_of

KEY = (("idempotency-key", "k1"),)


async def stored_answers(till: Till) -> int:
    """Count the answers that are stored under idempotency keys."""
    return len(await till.service.database.fetch("SELECT * FROM idempotency_keys"))


async def test_the_intent_at_stripe_has_amount_name_and_ids(till: Till) -> None:
    opened = await till.open()
    (intent,) = await till.provider.intents()
    assert (intent["amount"], intent["currency"], intent["description"]) == (1999, "eur", "Six buns")
    assert intent["metadata"] == {
        "channel": "web",
        "order_id": str(till.order_id),
        "payment_id": opened.payment_id,
    }
    assert opened.client_secret == intent["client_secret"]


async def test_a_repeat_returns_the_same_intent(till: Till) -> None:
    first = await till.open()
    assert await till.open(order_name="Another name", metadata={}) == first
    assert len(await till.provider.intents()) == 1


async def test_a_repeat_under_one_key_gets_the_open_payment_and_its_secret_is_kept_only_until_it_is_paid(
    till: Till,
) -> None:
    first = await till.stub.CreatePaymentIntent(till.request(), metadata=KEY)
    assert await till.stub.CreatePaymentIntent(till.request(), metadata=KEY) == first
    assert await rows(till) == [("PENDING", None)]
    assert await places_of(till.service.database, [first.client_secret]) == ["public.payments"]

    await till.provider.pay(first.client_secret)
    await till.until(first.payment_id, "SUCCEEDED")

    refused = await rpc_error(till.stub.CreatePaymentIntent(till.request(), metadata=KEY))
    assert refused.reason == "ORDER_ALREADY_PAID"
    assert await places_of(till.service.database, [first.client_secret]) == []


async def test_concurrent_duplicates_open_one_payment(till: Till) -> None:
    opened = await asyncio.gather(*(till.open() for _ in range(8)))
    assert len({each.payment_id for each in opened}) == 1
    assert len({each.client_secret for each in opened}) == 1
    assert await rows(till) == [("PENDING", None)]
    assert len(await till.provider.intents()) == 1


async def test_concurrent_duplicates_under_one_key_get_one_answer(till: Till) -> None:
    calls = (till.stub.CreatePaymentIntent(till.request(), metadata=KEY) for _ in range(8))
    opened = await asyncio.gather(*calls)
    assert {each.client_secret for each in opened} == {opened[0].client_secret}
    assert await rows(till) == [("PENDING", None)]
    assert (len(await till.provider.intents()), await stored_answers(till)) == (1, 0)


async def test_another_amount_replaces_the_open_payment(till: Till) -> None:
    first = await till.open()
    second = await till.open(amount="25.00")
    assert second.payment_id != first.payment_id
    assert await rows(till) == [("FAILED", "superseded"), ("PENDING", None)]
    assert [each["status"] for each in await till.provider.intents()] == [
        "requires_payment_method",
        "canceled",
    ]
    await till.delivered("payment_intent.canceled")
    assert till.told_order() == []


async def test_concurrent_calls_with_other_amounts_never_leave_two_payable(till: Till) -> None:
    await till.open()
    answers = await asyncio.gather(
        *(till.open(amount=f"{amount}.00") for amount in (30, 31, 32)), return_exceptions=True
    )
    for answer in answers:
        if isinstance(answer, grpc.aio.AioRpcError):
            assert answer.code() is grpc.StatusCode.ABORTED
    last = await till.open(amount="33.00")
    await till.service.settle()
    assert [status for status, _ in await rows(till)].count("PENDING") == 1
    payable = [each for each in await till.provider.intents() if each["status"] != "canceled"]
    assert [each["client_secret"] for each in payable] == [last.client_secret]


async def test_an_overdue_payment_is_replaced(till: Till) -> None:
    first = await till.open()
    await till.make_overdue(first.payment_id)
    second = await till.open()
    assert second.payment_id != first.payment_id
    assert await rows(till) == [("FAILED", "expired"), ("PENDING", None)]


async def test_a_paid_order_is_not_paid_again(till: Till) -> None:
    first = await till.open()
    await till.provider.pay(first.client_secret)
    await till.until(first.payment_id, "SUCCEEDED")
    refused = await rpc_error(till.open())
    assert (refused.status, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ORDER_ALREADY_PAID")
    assert refused.metadata["payment_id"] == first.payment_id
    assert len(await till.provider.intents()) == 1


async def test_a_charge_whose_webhook_was_lost_is_found_before_another_payment_opens(
    open_till: OpenTill,
) -> None:
    till = await open_till(webhooks=False)
    first = await till.open()
    await till.provider.pay(first.client_secret)
    refused = await rpc_error(till.open(amount="25.00"))
    assert refused.reason == "ORDER_ALREADY_PAID"
    await till.until(first.payment_id, "SUCCEEDED")
    assert till.told_order() == [(first.payment_id, "SUCCEEDED")]


async def test_an_answer_that_never_came_is_healed_by_the_repeat(open_till: OpenTill) -> None:
    till = await open_till(stripe_timeout_seconds=1)
    till.provider.faults(timeout_after_commit=1)
    refused = await rpc_error(till.open())
    assert (refused.status, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STRIPE_UNAVAILABLE")
    till.provider.faults()
    opened = await till.open()
    assert await rows(till) == [("PENDING", None)]
    (intent,) = await till.provider.intents()
    assert opened.client_secret == intent["client_secret"]


async def test_a_caller_that_gave_up_is_healed_by_the_repeat(till: Till) -> None:
    till.provider.faults(latency_seconds=0.6)
    with pytest.raises(grpc.aio.AioRpcError) as gave_up:
        await till.stub.CreatePaymentIntent(till.request(), timeout=0.3)
    assert gave_up.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    till.provider.faults()
    await till.open()
    assert await rows(till) == [("PENDING", None)]


async def test_one_failure_of_stripe_is_retried(open_till: OpenTill) -> None:
    till = await open_till(stripe_retries=1)
    till.provider.faults(fail_next_requests=1)
    assert (await till.open()).client_secret


BAD_REQUESTS: list[tuple[dict[str, object], str]] = [
    ({"order_id": ""}, "order_id"),
    ({"order_id": "1"}, "order_id"),
    ({"user_id": "not-a-uuid"}, "user_id"),
    ({"amount": ""}, "amount"),
    ({"amount": "0"}, "amount"),
    ({"amount": "-5"}, "amount"),
    ({"amount": "1e3"}, "amount"),
    ({"amount": "NaN"}, "amount"),
    ({"amount": "1.999"}, "amount"),
    ({"amount": "9" * 400}, "amount"),
    ({"amount": "999999999.99"}, "amount"),
    ({"amount": "1.00\x00"}, "amount"),
    ({"currency_code": ""}, "currency_code"),
    ({"currency_code": "eur"}, "currency_code"),
    ({"currency_code": "EUR\n"}, "currency_code"),
    ({"currency_code": "KWD"}, "currency_code"),
    ({"order_name": "x" * 201}, "order_name"),
    ({"order_name": "a\x00b"}, "order_name"),
    ({"metadata": {"": "x"}}, "metadata"),
    ({"metadata": {"a[b]": "x"}}, "metadata"),
    ({"metadata": {"k": "x" * 501}}, "metadata[k]"),
    ({"metadata": {f"k{number}": "x" for number in range(41)}}, "metadata"),
]


async def test_a_bad_request_is_refused_by_field(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    for changes, field in BAD_REQUESTS:
        refused = await rpc_error(till.open(**changes))
        assert (refused.status, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field]), changes
    assert await rows(till) == []


@pytest.mark.parametrize("metadata", [(), KEY])
async def test_a_payment_that_is_closed_while_stripe_creates_it_cannot_be_paid(
    till: Till, metadata: tuple[tuple[str, str], ...]
) -> None:
    till.provider.hold()
    creating = asyncio.create_task(
        rpc_error(till.stub.CreatePaymentIntent(till.request(), metadata=metadata))
    )
    await until(lambda: rows(till))
    await till.service.database.execute("UPDATE payments SET status = 'FAILED', failure_code = 'expired'")
    till.provider.release()
    refused = await creating
    assert refused.status is grpc.StatusCode.ABORTED
    await till.service.settle()
    (intent,) = await till.provider.intents()
    assert intent["status"] == "canceled"
    (row,) = await till.service.database.fetch("SELECT * FROM payments")
    assert (row["stripe_payment_intent_id"], row["client_secret"]) == (intent["id"], None)
    assert await stored_answers(till) == 0


@pytest.mark.parametrize("metadata", [(), KEY])
async def test_no_transaction_is_open_while_stripe_is_called(
    till: Till, metadata: tuple[tuple[str, str], ...]
) -> None:
    till.provider.hold()
    creating = asyncio.ensure_future(till.stub.CreatePaymentIntent(till.request(), metadata=metadata))
    await until(lambda: rows(till))
    waiting = await till.service.database.fetch(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    )
    assert waiting == []
    till.provider.release()
    assert (await creating).client_secret


async def test_an_order_with_a_refunded_payment_can_be_paid(till: Till) -> None:
    first = await till.open()
    await till.provider.pay(first.client_secret)
    await till.until(first.payment_id, "SUCCEEDED")
    await till.http.post(
        f"/api/payments/{first.payment_id}/refund", json={"reason": "sour"}, headers=till.admin
    )
    await till.until(first.payment_id, "REFUNDED")
    assert (await till.open()).payment_id != first.payment_id
