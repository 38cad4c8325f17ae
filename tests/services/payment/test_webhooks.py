"""Stripe's webhook: who may call it, repeats, order, what is none of our business."""

import asyncio
import json
import random
import time
from typing import Any
from uuid import uuid4

import httpx
import stripe

from tests.services.payment.conftest import DECLINED, WEBHOOK_SECRET, OpenTill, Till, rows
from tests.support import problem


def event(number: int, kind: str, **fields: Any) -> dict[str, Any]:
    """An event as Stripe writes it."""
    found = {"id": "pi_unknown", "object": "payment_intent", "status": "succeeded", "metadata": {}, **fields}
    return {"id": f"evt_{number}", "type": kind, "created": 1, "data": {"object": found}}


async def stored(till: Till) -> list[str]:
    """The ids of the events that are stored."""
    return [
        row["id"] for row in await till.service.database.fetch("SELECT id FROM stripe_events ORDER BY id")
    ]


async def post(till: Till, body: bytes, signature: str | None) -> httpx.Response:
    """Call the webhook."""
    headers = {} if signature is None else {"stripe-signature": signature}
    return await till.http.post("/webhooks/stripe", content=body, headers=headers)


def sign(body: str, secret: str = WEBHOOK_SECRET, *, timestamp: int | None = None) -> str:
    """Sign as Stripe does."""
    made: str = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=timestamp)
    return made


async def test_only_what_stripe_signed_for_us_is_taken(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    body = json.dumps(
        event(1, "payment_intent.succeeded", metadata={"payment_id": opened.payment_id}, id="pi_x")
    )
    bad = [
        None,
        "",
        "nonsense",
        "t=1,v1=é",
        "t=x,v1=00",
        f"t={int(time.time())}",
        sign(body, "whsec_of_somebody_else"),
        sign(body + " "),
        sign(body, timestamp=int(time.time()) - 301),
        sign(body, timestamp=int(time.time()) + 86_400),
    ]
    for signature in bad:
        headers = [] if signature is None else [(b"stripe-signature", signature.encode("latin-1"))]
        refused = await till.http.post("/webhooks/stripe", content=body, headers=headers)
        assert refused.status_code == 400, signature
        assert problem(refused)["code"] == "WEBHOOK_SIGNATURE_INVALID"
    assert await stored(till) == []
    assert (await till.payment(opened.payment_id))["status"] == "PENDING"


async def test_without_a_signing_secret_nothing_is_taken(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False, stripe_webhook_secret="")
    body = json.dumps(event(1, "payment_intent.succeeded"))
    refused = await post(till, body.encode(), sign(body, ""))
    assert refused.status_code == 400
    assert problem(refused)["code"] == "WEBHOOK_SIGNATURE_INVALID"


async def test_a_signed_body_that_is_no_event_is_refused(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    broken = event(1, "payment_intent.succeeded", status=7)
    good = event(1, "payment_intent.succeeded")
    unstorable = [
        {**good, "id": "e" * 1_000_000},
        {**good, "id": ""},
        {**good, "id": "evt_\x00"},
        {**good, "type": "t" * 1_000_000},
        event(1, "payment_intent.succeeded", id="p" * 1_000_000),
        event(1, "payment_intent.succeeded", metadata={"payment_id": "\x00"}),
        event(1, "charge.refunded", payment_intent="p" * 1_000_000),
    ]
    bodies = [
        "",
        "{",
        "[]",
        "{}",
        '{"id": 1}',
        *map(json.dumps, [broken, {**broken, "id": None}, *unstorable]),
    ]
    for body in bodies:
        refused = await post(till, body.encode(), sign(body))
        assert refused.status_code == 400, body[:200]
        assert problem(refused)["code"] in {"WEBHOOK_INVALID", "INVALID_ARGUMENT"}
    assert await stored(till) == []


async def test_what_is_none_of_our_business_is_acknowledged(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    assert (await till.send(event(1, "customer.created", status=7))).json() == {"received": True}
    assert (await till.send(event(2, "payment_intent.succeeded"))).status_code == 200
    assert (await till.send(event(3, "charge.refunded", metadata={"payment_id": "x"}))).status_code == 200
    assert (await till.send(event(4, "refund.updated"))).status_code == 200
    assert await stored(till) == ["evt_1", "evt_2", "evt_3", "evt_4"]
    assert till.peers.received == []


KINDS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.created",
    "refund.failed",
)


async def test_null_is_read_as_absent(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    intent_id = opened.client_secret.rsplit("_secret", 1)[0]
    nulls = dict.fromkeys(("metadata", "status", "object", "amount", "currency", "payment_intent"))
    for number, kind in enumerate(KINDS):
        answer = await till.send(event(number, kind, **nulls))
        assert answer.status_code == 200, kind
    assert (await till.payment(opened.payment_id))["status"] == "PENDING"

    canceled = event(9, "payment_intent.canceled", id=intent_id, metadata=None, status=None)
    assert (await till.send(canceled)).status_code == 200
    assert (await till.payment(opened.payment_id))["status"] == "FAILED"


async def test_an_event_acts_once_also_when_it_comes_many_times_at_once(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    paid = next(each for each in await till.provider.events() if each["type"] == "payment_intent.succeeded")
    answers = await asyncio.gather(*(till.send(paid) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    await till.until(opened.payment_id, "SUCCEEDED")
    assert await stored(till) == [paid["id"]]
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]
    assert till.told_customer() == [("payment_succeeded", "19.99")]


async def everything(till: Till) -> list[Any]:
    """Return the rows of all tables that an event can change."""
    tables = ("stripe_events", "payments", "payment_logs", "refunds", "pgqueuer_log")
    return [await till.service.database.fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables]


async def test_a_second_delivery_is_acknowledged_and_changes_nothing(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret, DECLINED)
    await till.provider.pay(opened.client_secret)
    events = list(reversed(await till.provider.events()))
    for each in events:
        assert (await till.send(each)).status_code == 200
    await till.until(opened.payment_id, "SUCCEEDED")
    before = await everything(till)
    for each in events:
        assert (await till.send(each)).json() == {"received": True}
    await till.service.settle()
    assert await everything(till) == before


async def test_an_event_whose_first_delivery_failed_is_taken_at_the_second(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    paid = next(each for each in await till.provider.events() if each["type"] == "payment_intent.succeeded")
    await till.service.database.execute("ALTER TABLE payment_logs RENAME TO hidden")
    assert (await till.send(paid)).status_code == 500
    assert await stored(till) == []
    assert await rows(till) == [("PENDING", None)]
    await till.service.database.execute("ALTER TABLE hidden RENAME TO payment_logs")
    assert (await till.send(paid)).status_code == 200
    await till.until(opened.payment_id, "SUCCEEDED")
    assert await stored(till) == [paid["id"]]
    assert till.told_order() == [(opened.payment_id, "SUCCEEDED")]


async def test_secrets_and_cards_are_not_kept_with_an_event(till: Till) -> None:
    opened = await till.open()
    await till.provider.pay(opened.client_secret, DECLINED)
    await till.until(opened.payment_id, "FAILED")
    kept = await till.service.database.fetch("SELECT payload::text AS text FROM stripe_events")
    assert kept
    for row in kept:
        assert "_secret" not in row["text"]
        assert "last4" not in row["text"]
    assert (await till.payment(opened.payment_id))["client_secret"] is None


async def test_an_event_that_overtakes_our_own_note_of_the_intent_is_not_lost(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    opened = await till.open()
    await till.provider.pay(opened.client_secret)
    await till.service.database.execute("UPDATE payments SET stripe_payment_intent_id = NULL")
    paid = next(each for each in await till.provider.events() if each["type"] == "payment_intent.succeeded")
    await till.send(paid)
    await till.until(opened.payment_id, "SUCCEEDED")
    found = (await till.payment(opened.payment_id))["stripe_payment_intent_id"]
    assert found == paid["data"]["object"]["id"]


async def test_the_events_of_a_payment_lead_to_one_state_in_any_order(open_till: OpenTill) -> None:
    till = await open_till(webhooks=False)
    shuffle = random.Random(7)
    for _ in range(6):
        opened = await till.open(order_id=str(uuid4()))
        await till.provider.pay(opened.client_secret, DECLINED)
        await till.provider.pay(opened.client_secret)
        intent_id = opened.client_secret.rsplit("_secret", 1)[0]
        events = [each for each in await till.provider.events() if intent_id in json.dumps(each)]
        events += shuffle.sample(events, 2)
        shuffle.shuffle(events)
        for each in events:
            assert (await till.send(each)).status_code == 200
        await till.until(opened.payment_id, "SUCCEEDED")
        told = [status for payment_id, status in till.told_order() if payment_id == opened.payment_id]
        assert told[-1] == "SUCCEEDED"
        assert told.count("SUCCEEDED") == 1


async def test_duplicated_reordered_and_delayed_deliveries(till: Till) -> None:
    till.provider.faults(webhook_duplicates=2, webhook_reorder=4)
    opened = await till.open()
    await till.provider.pay(opened.client_secret, DECLINED)
    await till.provider.pay(opened.client_secret)
    await till.until(opened.payment_id, "SUCCEEDED")
    assert till.told_order()[-1] == (opened.payment_id, "SUCCEEDED")
