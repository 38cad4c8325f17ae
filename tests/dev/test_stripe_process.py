"""The emulator as a process: state on disk, SIGTERM, a taken port."""

import socket
from pathlib import Path

import pytest
import stripe
from bunmart_dev.free_ports import free_port
from bunmart_dev.stripe_emulator.settings import Settings, SettingsError

from tests.dev.process_support import failing_program, running_program
from tests.dev.stripe_support import close

MODULE = "bunmart_dev.stripe_emulator"

pytestmark = pytest.mark.filterwarnings(
    # Stripe's HTTPXClient passes the form to httpx in a deprecated way.
    "ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning"
)


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "STRIPE_EMULATOR_PORT": str(port),
        "STRIPE_EMULATOR_STATE": str(tmp_path / "stripe.sqlite3"),
    }
    http_client = stripe.HTTPXClient(timeout=5)
    client = stripe.StripeClient("sk_test_x", http_client=http_client, base_addresses={"api": url})

    async def create() -> stripe.PaymentIntent:
        return await client.v1.payment_intents.create_async(
            {"amount": 990, "currency": "jpy", "confirm": True, "payment_method": "pm_card_visa"},
            {"idempotency_key": "once"},
        )

    async with running_program(MODULE, environment, f"{url}/health") as process:
        before = await create()
        refund = await client.v1.refunds.create_async({"payment_intent": before.id})
        process.kill()
        await process.wait()
    async with running_program(MODULE, environment, f"{url}/health"):
        after = await create()
        kept = await client.v1.refunds.retrieve_async(refund.id)
        # A client whose request is never complete must not keep the process from ending.
        unfinished = socket.create_connection(("127.0.0.1", port))
        unfinished.sendall(b"POST /v1/refunds HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
    unfinished.close()
    await close(http_client)

    assert before == after
    assert before.status == "succeeded"
    assert kept == refund


async def test_taken_port_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = await failing_program(MODULE, {"STRIPE_EMULATOR_PORT": str(port)})

    assert code == 1
    assert said == (
        f"Port {port} on 127.0.0.1 is taken by another process; stop that process or set STRIPE_EMULATOR_PORT "
        "to a free port.\n"
    )


def test_webhook_url_without_secret_is_explained() -> None:
    with pytest.raises(SettingsError, match="STRIPE_EMULATOR_WEBHOOK_SECRET"):
        Settings.from_environment({"STRIPE_EMULATOR_WEBHOOK_URL": "http://127.0.0.1:1/"})


async def test_a_browser_is_sent_to_the_public_address() -> None:
    port = free_port()
    environment = {
        "STRIPE_EMULATOR_PORT": str(port),
        "STRIPE_EMULATOR_PUBLIC_URL": "http://stripe.test:8080/",
    }
    http_client = stripe.HTTPXClient(timeout=5)
    url = f"http://127.0.0.1:{port}"
    client = stripe.StripeClient("sk_test_x", http_client=http_client, base_addresses={"api": url})

    async with running_program(MODULE, environment, f"{url}/health"):
        intent = await client.v1.payment_intents.create_async(
            {
                "amount": 990,
                "currency": "jpy",
                "confirm": True,
                "payment_method": "pm_card_authenticationRequired",
                "return_url": "http://127.0.0.1:1/back",
            }
        )
        await close(http_client)

    assert intent.next_action
    assert intent.next_action.redirect_to_url
    assert (
        intent.next_action.redirect_to_url.url
        == f"http://stripe.test:8080/_emulator/authenticate/{intent.id}"
    )
