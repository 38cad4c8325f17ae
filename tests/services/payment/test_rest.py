"""REST: who sees what, lists, the archive, the config, bad input."""

import functools
from typing import Any
from uuid import uuid4

import pytest

from tests.services.payment.conftest import DECLINED, OpenTill, Till
from tests.support import StartService, Tokens, problem, read_pages


@pytest.fixture
async def quiet(open_till: OpenTill) -> Till:
    """A payment service without webhooks."""
    return await open_till(webhooks=False)


async def test_the_customer_sees_the_secret_an_admin_does_not(quiet: Till) -> None:
    opened = await quiet.open()
    path = f"/api/payments/{opened.payment_id}"
    own = (await quiet.http.get(path, headers=quiet.customer)).json()
    assert own["client_secret"] == opened.client_secret
    assert (own["amount"], own["currency_code"], own["status"]) == ("19.99", "EUR", "PENDING")
    seen = (await quiet.http.get(path, headers=quiet.admin)).json()
    assert seen["client_secret"] is None
    assert seen["payment_id"] == opened.payment_id


async def test_nobody_else_sees_or_changes_anything(quiet: Till) -> None:
    opened = await quiet.open()
    path = f"/api/payments/{opened.payment_id}"
    stranger = quiet.tokens.auth("customer")
    kitchen = quiet.tokens.auth("kitchen")
    for headers in (stranger, kitchen, quiet.tokens.auth("driver")):
        for forbidden in (path, f"/api/payments/order/{quiet.order_id}", "/api/payments", f"{path}/logs"):
            refused = await quiet.http.get(forbidden, headers=headers)
            assert refused.status_code == 403, forbidden
            assert opened.client_secret not in refused.text
    for headers in (stranger, quiet.customer):
        refund = await quiet.http.post(f"{path}/refund", json={"reason": "x"}, headers=headers)
        assert problem(refund)["code"] == "PERMISSION_DENIED"
        assert (await quiet.http.delete(path, headers=headers)).status_code == 403
        assert (await quiet.http.get(f"{path}/refunds", headers=headers)).status_code == 403
    for anonymous in (path, "/api/payments", "/api/payments/config", f"/api/payments/order/{quiet.order_id}"):
        assert (await quiet.http.get(anonymous)).status_code == 401
    row = await quiet.payment(opened.payment_id)
    assert (row["status"], row["archived_at"], row["refund_total"]) == ("PENDING", None, 0)


async def test_the_attempts_of_an_order_newest_first(quiet: Till) -> None:
    first = await quiet.open()
    second = await quiet.open(amount="25.00")
    page = (await quiet.http.get(f"/api/payments/order/{quiet.order_id}", headers=quiet.customer)).json()
    assert [each["payment_id"] for each in page["items"]] == [second.payment_id, first.payment_id]
    nothing = await quiet.http.get(f"/api/payments/order/{uuid4()}", headers=quiet.customer)
    assert nothing.json() == {"items": [], "next_page_token": ""}


async def test_an_admin_pages_through_payments_of_a_status(quiet: Till) -> None:
    opened = [await quiet.open(order_id=str(uuid4())) for _ in range(3)]
    await quiet.open(order_id=opened[0].payment_id)
    await quiet.service.database.execute(
        "UPDATE payments SET status = 'FAILED' WHERE order_id::text = $1", opened[0].payment_id
    )
    pending = await read_pages(quiet.http, "/api/payments", {"status": "PENDING"}, headers=quiet.admin)
    assert [each["payment_id"] for each in pending] == [each.payment_id for each in reversed(opened)]
    everything = (await quiet.http.get("/api/payments", headers=quiet.admin)).json()
    assert len(everything["items"]) == 4


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_the_attempts_of_an_order_come_in_pages(quiet: Till, size: int) -> None:
    attempts = [await quiet.open(amount=f"{euros}.00") for euros in (20, 21, 22, 23, 24)]
    await quiet.open(order_id=str(uuid4()))

    path = f"/api/payments/order/{quiet.order_id}"
    found = await read_pages(quiet.http, path, headers=quiet.customer, size=size)

    assert [each["payment_id"] for each in found] == [each.payment_id for each in reversed(attempts)]


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_the_log_and_the_refunds_of_a_payment_come_in_pages(quiet: Till, size: int) -> None:
    payment = (await quiet.open()).payment_id
    await quiet.open(order_id=str(uuid4()))
    database = quiet.service.database
    for number in range(4):
        await database.execute(
            "INSERT INTO payment_logs SELECT gen_random_uuid(), id, $1, '', now() FROM payments",
            f"log {number}",
        )
        await database.execute(
            "INSERT INTO refunds (id, payment_id, amount, reason, status, created_at, updated_at) "
            "SELECT gen_random_uuid(), id, 1, $1, 'SUCCEEDED', now(), now() FROM payments",
            f"refund {number}",
        )

    read = functools.partial(read_pages, quiet.http, headers=quiet.admin)
    log = await read(f"/api/payments/{payment}/logs", size=size)
    refunds = await read(f"/api/payments/{payment}/refunds", size=size)

    assert sorted(each["event"] for each in log) == [f"log {number}" for number in range(4)] + ["opened"]
    assert sorted(each["reason"] for each in refunds) == [f"refund {number}" for number in range(4)]
    for items, path in ((log, "logs"), (refunds, "refunds")):
        assert items == await read(f"/api/payments/{payment}/{path}", size=100)


@pytest.mark.parametrize("query", [{"page_size": "-1"}, {"page_size": "x"}, {"page_token": "%%"}])
async def test_a_page_that_cannot_be_is_refused_by_field(quiet: Till, query: dict[str, str]) -> None:
    payment = f"/api/payments/{(await quiet.open()).payment_id}"
    for path in (f"/api/payments/order/{quiet.order_id}", f"{payment}/logs", f"{payment}/refunds"):
        refused = problem(await quiet.http.get(path, params=query, headers=quiet.admin))
        assert (refused["status"], refused["errors"][0]["field"]) == (400, next(iter(query)))


async def test_the_log_tells_what_happened(till: Till) -> None:
    opened = await till.open()
    await till.provider.pay(opened.client_secret, DECLINED)
    await till.until(opened.payment_id, "FAILED")
    page = (await till.http.get(f"/api/payments/{opened.payment_id}/logs", headers=till.admin)).json()
    assert [each["event"] for each in page["items"]] == ["opened", "declined"]
    assert page["items"][0]["detail"] == "19.99 EUR"
    assert page["items"][1]["detail"].startswith("generic_decline (evt_")


async def test_only_what_is_over_is_archived_and_leaves_the_lists(quiet: Till) -> None:
    opened = await quiet.open()
    path = f"/api/payments/{opened.payment_id}"
    refused = await quiet.http.delete(path, headers=quiet.admin)
    assert (refused.status_code, problem(refused)["code"]) == (409, "PAYMENT_NOT_FINAL")
    await quiet.service.run_delayed("ExpirePayment")
    for _ in range(2):
        assert (await quiet.http.delete(path, headers=quiet.admin)).status_code == 204
    assert (await quiet.http.get("/api/payments", headers=quiet.admin)).json()["items"] == []
    assert (await quiet.http.get(path, headers=quiet.admin)).json()["archived_at"] is not None


async def test_the_payment_page_is_told_where_stripe_is(quiet: Till) -> None:
    config = await quiet.http.get("/api/payments/config", headers=quiet.customer)
    assert config.json() == {"publishable_key": "pk_test_bunmart", "provider_url": quiet.provider.url}


async def test_the_payment_page_is_told_the_address_that_a_browser_reaches(
    start_service: StartService, tokens: Tokens
) -> None:
    payment = await start_service(
        "payment", stripe_base_url="http://stripe-emulator:1", stripe_public_url="http://127.0.0.1:1"
    )

    config = await payment.http.get("/api/payments/config", headers=tokens.auth("customer"))

    assert config.json()["provider_url"] == "http://127.0.0.1:1"


BAD_BODIES: list[tuple[dict[str, Any], str]] = [
    ({}, "reason"),
    ({"reason": ""}, "reason"),
    ({"reason": 1}, "reason"),
    ({"reason": "x" * 201}, "reason"),
    ({"reason": "x", "amount": 5}, "amount"),
    ({"reason": "x", "amount": "-5"}, "amount"),
    ({"reason": "x", "amount": "1.999"}, "amount"),
    ({"reason": "x", "amount": "9" * 50}, "amount"),
    ({"reason": "x", "amount": "0"}, "amount"),
    ({"reason": "x", "unknown": 1}, "unknown"),
]


async def test_bad_input_is_refused(quiet: Till) -> None:
    opened = await quiet.open()
    await quiet.service.database.execute("UPDATE payments SET status = 'SUCCEEDED', charged_at = now()")
    path = f"/api/payments/{opened.payment_id}/refund"
    for body, field in BAD_BODIES:
        refused = await quiet.http.post(path, json=body, headers=quiet.admin)
        assert refused.status_code == 400, body
        assert problem(refused)["errors"][0]["field"] == field
    nul = await quiet.http.post(path, json={"reason": "a\x00b"}, headers=quiet.admin)
    assert nul.status_code == 400
    for query in ({"status": "LOST"}, {"page_size": "-1"}, {"page_size": "x"}, {"page_token": "%%"}):
        refused = await quiet.http.get("/api/payments", params=query, headers=quiet.admin)
        assert refused.status_code == 400, query
    for path in (f"/api/payments/{uuid4()}", f"/api/payments/{uuid4()}/logs"):
        assert problem(await quiet.http.get(path, headers=quiet.admin))["code"] == "PAYMENT_NOT_FOUND"
    assert (await quiet.http.get("/api/payments/1", headers=quiet.admin)).status_code == 404
    assert await quiet.service.database.fetch("SELECT * FROM refunds") == []
