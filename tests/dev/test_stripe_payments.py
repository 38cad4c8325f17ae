"""The emulator through Stripe's own SDK: payments, refunds, keys and errors."""

from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx
import pytest
import stripe

from tests.dev.stripe_support import RunningEmulator, running_emulator

pytestmark = pytest.mark.filterwarnings(
    # Stripe's HTTPXClient passes the form to httpx in a deprecated way.
    "ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning"
)


@pytest.fixture(scope="module")
async def emulator() -> AsyncGenerator[RunningEmulator, None]:
    async with running_emulator() as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: RunningEmulator) -> stripe.StripeClient:
    return emulator.client()


async def create(client: stripe.StripeClient, amount: int = 1250, **parameters: Any) -> stripe.PaymentIntent:
    return await client.v1.payment_intents.create_async(
        cast("Any", {"amount": amount, "currency": "EUR", **parameters})
    )


async def test_intent_is_created_as_stripe_would(client: stripe.StripeClient) -> None:
    intent = await create(client, metadata={"order_id": "7", "1": "one"}, description="Order 7")

    assert (intent.status, intent.amount, intent.currency) == ("requires_payment_method", 1250, "eur")
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert intent.metadata.to_dict() == {"order_id": "7", "1": "one"}
    assert intent.automatic_payment_methods is not None
    assert await client.v1.payment_intents.retrieve_async(intent.id) == intent


async def test_visa_pays(client: stripe.StripeClient) -> None:
    intent = await create(client)

    paid = await client.v1.payment_intents.confirm_async(
        intent.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge"]}
    )

    assert (paid.status, paid.amount_received) == ("succeeded", 1250)
    charge = cast("stripe.Charge", paid.latest_charge)
    assert (charge.status, charge.paid, charge.amount_captured) == ("succeeded", True, 1250)
    assert (await client.v1.charges.retrieve_async(charge.id)).payment_intent == intent.id
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.cancel_async(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded"):
        await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})


@pytest.mark.parametrize(
    ("payment_method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
async def test_declined_card_can_be_followed_by_another(
    client: stripe.StripeClient, payment_method: str, code: str, decline_code: str
) -> None:
    intent = await create(client)

    with pytest.raises(stripe.CardError) as declined:
        await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": payment_method})

    assert declined.value.http_status == 402
    assert declined.value.code == code
    body = cast("dict[str, Any]", declined.value.json_body)["error"]
    assert body["decline_code"] == decline_code
    assert body["payment_intent"]["status"] == "requires_payment_method"
    now = await client.v1.payment_intents.retrieve_async(intent.id)
    assert now.last_payment_error is not None
    assert (now.last_payment_error.code, now.payment_method) == (code, None)
    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


async def test_decline_while_creating_keeps_the_intent(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        await create(client, confirm=True, payment_method="pm_card_chargeDeclined")

    intent_id = cast("dict[str, Any]", declined.value.json_body)["error"]["payment_intent"]["id"]
    assert (await client.v1.payment_intents.retrieve_async(intent_id)).status == "requires_payment_method"


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("4242424242424242", 200),
        ("4000000000000002", 402),
        ("4000 0000 0000 9995", 402),
        ("4242424242424241", 402),
    ],
)
async def test_browser_pays_with_publishable_key_and_client_secret(
    emulator: RunningEmulator, client: stripe.StripeClient, number: str, status: int
) -> None:
    intent = await create(client, metadata={"order_id": "8"})
    form = {
        "client_secret": intent.client_secret or "",
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": number,
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "2099",
    }
    headers = {"Authorization": "Bearer pk_test_x", "Origin": "http://localhost:5173"}
    url = f"{emulator.url}/v1/payment_intents/{intent.id}/confirm"

    async with httpx.AsyncClient(headers=headers) as browser:
        stolen = await browser.post(url, data={**form, "client_secret": "guessed"})
        paid = await browser.post(url, data=form)
        foreign = await browser.post(url, data=form, headers={"Origin": "http://localhost.example"})
        forbidden = await browser.post(f"{emulator.url}/v1/payment_intents", data={"amount": "1"})

    assert stolen.status_code == 400
    assert paid.status_code == status
    assert paid.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in foreign.headers
    assert "metadata" not in paid.json()
    assert forbidden.status_code == 403


async def test_challenge_is_passed_on_the_page(
    emulator: RunningEmulator, client: stripe.StripeClient
) -> None:
    intent = await create(
        client,
        confirm=True,
        payment_method="pm_card_authenticationRequired",
        return_url="http://127.0.0.1:1/back?a=b",
    )
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    url = intent.next_action.redirect_to_url.url or ""

    async with httpx.AsyncClient() as browser:
        assert "12.50 EUR" in (await browser.get(url)).text
        back = await browser.post(url, data={"outcome": "pass"})

    assert back.status_code == 303
    assert back.headers["location"].startswith(f"http://127.0.0.1:1/back?a=b&payment_intent={intent.id}")
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "succeeded"


async def test_page_lists_and_pays(emulator: RunningEmulator, client: stripe.StripeClient) -> None:
    intent = await create(client, metadata={"note": "<script>alert(1)</script>"})

    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(f"{emulator.url}/_emulator")
        pay = f"{emulator.url}/_emulator/intents/{intent.id}/pay"
        declined = await browser.post(pay, data={"payment_method": "pm_card_chargeDeclined"})
        await browser.post(pay, data={"payment_method": "pm_card_visa"})

    assert intent.id in page.text
    assert "<script>" not in page.text
    assert "Your card was declined." in declined.text
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "succeeded"


async def test_manual_capture(client: stripe.StripeClient) -> None:
    intent = await create(client, capture_method="manual", confirm=True, payment_method="pm_card_visa")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 1250)

    captured = await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 1000})

    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 1000, 0)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1001})


async def test_canceled_intent_takes_no_money(client: stripe.StripeClient) -> None:
    intent = await create(client)

    canceled = await client.v1.payment_intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.canceled_at is not None
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_refunds_up_to_the_amount(client: stripe.StripeClient) -> None:
    intent = await create(client, confirm=True, payment_method="pm_card_visa")

    first = await client.v1.refunds.create_async(
        {
            "payment_intent": intent.id,
            "amount": 250,
            "reason": "requested_by_customer",
            "metadata": {"why": "burnt"},
        }
    )
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1001})
    rest = await client.v1.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": intent.id})

    assert (first.status, first.amount, rest.amount) == ("succeeded", 250, 1000)
    assert refused.value.code == "charge_already_refunded"
    listed = await client.v1.refunds.list_async({"payment_intent": intent.id})
    assert [refund.id for refund in listed.data] == [rest.id, first.id]
    assert await client.v1.refunds.retrieve_async(first.id) == first


async def test_unpaid_intent_has_nothing_to_refund(client: stripe.StripeClient) -> None:
    intent = await create(client)

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await client.v1.refunds.create_async({"payment_intent": intent.id})


async def test_update_changes_the_amount_only_before_payment(client: stripe.StripeClient) -> None:
    intent = await create(client, metadata={"a": "1", "b": "2"})

    updated = await client.v1.payment_intents.update_async(
        intent.id, {"amount": 900, "metadata": {"a": "", "c": "3"}, "payment_method": "pm_card_visa"}
    )
    paid = await client.v1.payment_intents.confirm_async(intent.id)
    later = await client.v1.payment_intents.update_async(intent.id, {"metadata": {"d": "4"}})

    assert (updated.status, updated.amount) == ("requires_confirmation", 900)
    assert (paid.status, paid.amount_received) == ("succeeded", 900)
    assert later.metadata.to_dict() == {"b": "2", "c": "3", "d": "4"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.update_async(intent.id, {"amount": 1})
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_lists_are_paged_and_searched(client: stripe.StripeClient) -> None:
    made = [await create(client, metadata={"batch": "x y"}, customer="cus_1") for _ in range(5)]

    page = await client.v1.payment_intents.list_async({"limit": 2, "customer": "cus_1"})
    everything = [intent.id async for intent in page.auto_paging_iter()]
    found = await client.v1.payment_intents.search_async(
        {"query": "metadata['batch']:'x y' AND amount>1249", "limit": 3}
    )
    all_found = [intent.id async for intent in found.auto_paging_iter()]

    assert page.has_more is True
    assert everything == all_found == [intent.id for intent in reversed(made)]
    none = await client.v1.payment_intents.search_async({"query": 'metadata["batch"]:"x" OR status:"bogus"'})
    assert none.data == []


async def test_idempotency_key_replays_and_guards(
    emulator: RunningEmulator, client: stripe.StripeClient
) -> None:
    parameters: Any = {"amount": 700, "currency": "eur", "metadata": {"order_id": "9"}}
    first = await client.v1.payment_intents.create_async(parameters, {"idempotency_key": "key-9"})
    again = await client.v1.payment_intents.create_async(parameters, {"idempotency_key": "key-9"})

    assert again == first
    headers = cast("Any", again.last_response).headers
    assert headers["idempotent-replayed"] == "true"
    other: Any = {**parameters, "amount": 701}
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.payment_intents.create_async(other, {"idempotency_key": "key-9"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await client.v1.refunds.create_async({"payment_intent": first.id}, {"idempotency_key": "key-9"})
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            await client.v1.payment_intents.confirm_async(
                first.id, {"payment_method": "pm_card_chargeDeclined"}, {"idempotency_key": "declined-9"}
            )
    charges = await client.v1.charges.list_async({"payment_intent": first.id})
    assert len(charges.data) == 1


@pytest.mark.parametrize(
    ("parameters", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": 1, "currency": "eur", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": "1.5", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1, "currency": "eur", "payment_method": "pm_x"}, "resource_missing", "payment_method"),
    ],
)
async def test_wrong_parameters_are_named(
    client: stripe.StripeClient, parameters: Any, code: str, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.create_async(parameters)

    assert (refused.value.code, refused.value.param) == (code, param)


async def test_keys_and_paths_are_checked(emulator: RunningEmulator, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.AuthenticationError):
        await emulator.client("live_key").v1.payment_intents.list_async()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await client.v1.payment_intents.retrieve_async("pi_missing")
    async with httpx.AsyncClient() as browser:
        anonymous = await browser.get(f"{emulator.url}/v1/payment_intents")
        basic = await browser.get(f"{emulator.url}/v1/payment_intents", auth=("sk_test_x", ""))
        unknown = await browser.get(f"{emulator.url}/v1/customers", auth=("sk_test_x", ""))

    assert missing.value.code == "resource_missing"
    assert missing.value.http_status == 404
    assert anonymous.status_code == 401
    assert basic.status_code == 200
    assert unknown.json()["error"]["type"] == "invalid_request_error"


async def test_faults_are_counted(emulator: RunningEmulator) -> None:
    async with running_emulator() as own:
        client = own.client()
        await own.set_faults(fail_next_requests=2)
        for _ in range(2):
            with pytest.raises(stripe.APIError):
                await create(client)
        intent = await create(client)

        await own.set_faults(error_rate_500=0.5)
        outcomes = []
        for _ in range(4):
            try:
                await client.v1.payment_intents.retrieve_async(intent.id)
                outcomes.append(200)
            except stripe.APIError:
                outcomes.append(500)

        await own.set_faults(timeout_after_commit=1)
        hurried = own.client(max_network_retries=1, timeout=1)
        retried = await hurried.v1.payment_intents.create_async({"amount": 5, "currency": "eur"})

        assert outcomes == [200, 500, 200, 500]
        assert cast("Any", retried.last_response).headers["idempotent-replayed"] == "true"
        assert len((await client.v1.payment_intents.list_async()).data) == 2
