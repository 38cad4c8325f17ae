"""An order ends while Stripe makes its payment intent: nothing stays payable, whoever comes late."""

import asyncio
from uuid import UUID, uuid4

import grpc
from bunmart_payment.service import Payments

from tests.services.payment.conftest import OpenTill, Till, rows
from tests.support import rpc_error


async def test_open_and_close_at_once_leave_nothing_payable(till: Till) -> None:
    for number in range(40):
        till.order_id = uuid4()
        calls = [till.open(), till.close(), till.open()]
        await asyncio.gather(*(calls if number % 2 else calls[::-1]), return_exceptions=True)
        assert (await rpc_error(till.open())).reason == "ORDER_CLOSED"
    await till.service.settle()
    assert {status for status, _ in await rows(till)} <= {"FAILED"}
    assert {each["status"] for each in await till.provider.intents()} <= {"canceled"}


async def test_an_intent_that_stripe_made_without_an_answer_is_cancelled(
    open_till: OpenTill,
) -> None:
    till = await open_till(stripe_timeout_seconds=0.5)
    till.provider.faults(timeout_after_commit=1)
    assert (await rpc_error(till.open())).status is grpc.StatusCode.UNAVAILABLE
    assert (await till.close()).held == "0.00"
    await till.service.settle()
    assert await rows(till) == [("FAILED", "order_closed")]
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]


async def test_a_request_that_reaches_stripe_after_the_end_makes_nothing_payable(
    open_till: OpenTill,
) -> None:
    till = await open_till(stripe_timeout_seconds=0.5)
    till.provider.faults(latency_seconds=60)
    assert (await rpc_error(till.open())).status is grpc.StatusCode.UNAVAILABLE
    await till.close()
    till.provider.faults()
    await till.service.settle()
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]
    till.provider.emulator.faults.release()
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]
    await asyncio.sleep(0.1)
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]


async def test_the_job_of_a_call_that_came_too_late_does_not_wait_for_the_end_of_the_payment(
    till: Till,
) -> None:
    opened = await till.open()
    payments = till.service.use_cases(Payments)
    await payments.cancel_intent(UUID(opened.payment_id))
    assert await rows(till) == [("PENDING", None)]
    await till.service.database.execute("UPDATE payments SET closed_at = now()")

    await payments.cancel_intent(UUID(opened.payment_id))

    assert await rows(till) == [("FAILED", "order_closed")]
    assert [each["status"] for each in await till.provider.intents()] == ["canceled"]
    assert (await till.close()).held == "0.00"


async def test_a_payment_that_stripe_fails_to_find_is_over_all_the_same(
    open_till: OpenTill,
) -> None:
    till = await open_till(stripe_timeout_seconds=0.5)
    till.provider.faults(latency_seconds=60)
    assert (await rpc_error(till.open())).status is grpc.StatusCode.UNAVAILABLE
    await till.close()
    till.provider.faults(fail_next_requests=100)
    await till.service.settle()
    till.provider.faults()
    assert await rows(till) == [("FAILED", "order_closed")]
    assert await till.provider.intents() == []
