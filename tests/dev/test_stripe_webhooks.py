"""Webhooks: signed, retried, duplicated, lost, and not forgotten over a restart."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import stripe
from bunmart_dev.free_ports import free_port

from tests.dev.stripe_support import (
    WEBHOOK_SECRET,
    Receiver,
    RunningEmulator,
    running_emulator,
    running_receiver,
)

pytestmark = pytest.mark.filterwarnings(
    # Stripe's HTTPXClient passes the form to httpx in a deprecated way.
    "ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning"
)


@contextlib.asynccontextmanager
async def connected(
    events: tuple[str, ...] = ("payment_intent.succeeded",),
) -> AsyncGenerator[tuple[RunningEmulator, Receiver], None]:
    async with (
        running_receiver() as receiver,
        running_emulator(
            webhook_url=receiver.url, webhook_secret=WEBHOOK_SECRET, webhook_events=events
        ) as emulator,
    ):
        yield emulator, receiver


async def pay(client: stripe.StripeClient, amount: int = 500) -> stripe.PaymentIntent:
    return await client.v1.payment_intents.create_async(
        {"amount": amount, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    )


async def test_payment_and_refund_are_announced_signed() -> None:
    async with connected(("*",)) as (emulator, receiver):
        client = emulator.client()
        intent = await pay(client)
        await client.v1.refunds.create_async({"payment_intent": intent.id})
        declined = await client.v1.payment_intents.create_async({"amount": 1, "currency": "eur"})
        with pytest.raises(stripe.CardError):
            await client.v1.payment_intents.confirm_async(
                declined.id, {"payment_method": "pm_card_chargeDeclined"}
            )
        await client.v1.payment_intents.confirm_async(
            declined.id, {"payment_method": "pm_card_authenticationRequired"}
        )
        await client.v1.payment_intents.cancel_async(declined.id)
        await receiver.wait_for(10)

        assert sorted(receiver.types) == [
            "charge.failed",
            "charge.refunded",
            "charge.succeeded",
            "payment_intent.canceled",
            "payment_intent.created",
            "payment_intent.created",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
            "refund.created",
        ]
        succeeded = next(event for event in receiver.events if event.type == "payment_intent.succeeded")
        assert succeeded.api_version == "2026-10-28.endive"
        assert succeeded.data.object["id"] == intent.id
        assert succeeded.data.object["status"] == "succeeded"
        created = next(event for event in receiver.events if event.type == "payment_intent.created")
        assert created.data.object["status"] != "succeeded"
        listed = await client.v1.events.list_async({"limit": 100})
        assert {event.id for event in listed.data} == {event.id for event in receiver.events}
        assert (await client.v1.events.retrieve_async(succeeded.id)).pending_webhooks == 0


async def test_delivery_is_retried_until_acknowledged() -> None:
    async with connected() as (emulator, receiver):
        receiver.statuses = [503]
        await pay(emulator.client())
        await receiver.wait_for(2)

        assert len({event.id for event in receiver.events}) == 1


async def test_registered_endpoint_gets_the_events_it_asked_for() -> None:
    async with running_receiver() as receiver, running_emulator() as emulator:
        client = emulator.client()
        endpoint = await client.v1.webhook_endpoints.create_async(
            {"url": receiver.url, "enabled_events": ["charge.refunded"]}
        )
        assert endpoint.secret is not None
        receiver.secret = endpoint.secret
        intent = await pay(client)
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 100})
        await receiver.wait_for(1)
        listed = await client.v1.webhook_endpoints.list_async()
        await client.v1.webhook_endpoints.delete_async(endpoint.id)
        await client.v1.refunds.create_async({"payment_intent": intent.id})
        await asyncio.sleep(0.1)

        assert receiver.types == ["charge.refunded"]
        assert receiver.events[0].data.object["amount_refunded"] == 100
        assert "secret" not in listed.data[0]
        assert (await client.v1.webhook_endpoints.list_async()).data == []


async def test_faults_lose_and_duplicate_and_reorder() -> None:
    async with connected() as (emulator, receiver):
        client = emulator.client()
        await emulator.set_faults(webhook_drop=1, webhook_duplicates=1, webhook_delay_seconds=0.2)
        await pay(client, 1)
        await pay(client, 2)
        await asyncio.sleep(0.1)
        assert receiver.events == []
        await receiver.wait_for(2)
        assert [event.data.object["amount"] for event in receiver.events] == [2, 2]
        assert len({event.id for event in receiver.events}) == 1

        await emulator.set_faults(webhook_reorder=3)
        for amount in (3, 4, 5):
            await pay(client, amount)
        await receiver.wait_for(5)
        assert [event.data.object["amount"] for event in receiver.events[2:]] == [5, 4, 3]


async def test_undelivered_events_survive_a_restart(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "state": str(tmp_path / "state" / "stripe.sqlite3"),
        "webhook_url": f"http://127.0.0.1:{port}/webhooks/stripe",
        "webhook_secret": WEBHOOK_SECRET,
    }
    async with running_emulator(**settings) as emulator:
        intent = await pay(emulator.client())
        await asyncio.sleep(0.05)

    async with running_receiver(port) as receiver, running_emulator(**settings):
        await receiver.wait_for(1)

    assert receiver.types == ["payment_intent.succeeded"]
    assert receiver.events[0].data.object["id"] == intent.id
