"""What real sidecars let through, deny and repeat."""

import ssl
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from bunmart_dev.local_mesh.certificates import ensure_certificates
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.envoy.rbac import HEALTH_CHECK

ORDER = "/bunmart.order.v1.OrderService"
CREATE, PREPARED = f"{ORDER}/CreateOrderIntent", f"{ORDER}/NotifyOrderPrepared"
GRPC = {"content-type": "application/grpc", "te": "trailers"}
EMPTY_MESSAGE = bytes(5)
PERMISSION_DENIED, UNAVAILABLE = "7", "14"


async def test_a_permitted_pair_passes_and_the_callee_knows_the_caller(mesh: Any) -> None:
    assert await mesh.call("cart", "order", CREATE) is grpc.StatusCode.OK
    [(path, metadata)] = mesh.apps["order"].rpcs
    assert path == CREATE
    assert metadata["x-forwarded-client-cert"].endswith("URI=spiffe://bunmart/ns/default/sa/cart")


async def test_the_inbound_log_tells_who_called_what(mesh: Any) -> None:
    before = len(mesh.log("order.inbound"))
    await mesh.call("cart", "order", CREATE)

    async def logged() -> bool:
        return len(mesh.log("order.inbound")) > before

    await mesh.until(logged)
    line = mesh.log("order.inbound")[-1]
    assert line["peer"] == "spiffe://bunmart/ns/default/sa/cart"
    assert (line["service"], line["direction"], line["path"]) == ("order", "inbound", CREATE)
    assert (line["code"], line["grpc_status"], line["attempts"]) == (200, 0, 1)


@pytest.mark.parametrize(
    ("caller", "callee", "path"),
    [("product", "order", CREATE), ("cart", "order", PREPARED), ("cart", "payment", CREATE)],
)
async def test_the_callers_own_sidecar_denies_what_is_not_granted(
    mesh: Any, caller: str, callee: str, path: str
) -> None:
    assert await mesh.call(caller, callee, path) is grpc.StatusCode.PERMISSION_DENIED
    assert mesh.apps["order"].rpcs == []


async def test_an_authority_outside_the_mesh_is_unimplemented(mesh: Any) -> None:
    assert await mesh.call("cart", "elsewhere", CREATE) is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(("caller", "path"), [("product", CREATE), ("cart", PREPARED), ("edge", CREATE)])
async def test_the_callees_sidecar_denies_whoever_skips_his_own(mesh: Any, caller: str, path: str) -> None:
    async with mesh.inbound("order", mesh.files.certificates / caller) as client:
        answer = await client.post(path, headers=GRPC)
    assert answer.headers["grpc-status"] == PERMISSION_DENIED
    assert mesh.apps["order"].rpcs == []


async def test_whoever_may_call_a_peer_may_ask_how_it_is(mesh: Any) -> None:
    assert await mesh.call("bff", "order", HEALTH_CHECK) is grpc.StatusCode.OK
    assert await mesh.call("product", "order", HEALTH_CHECK) is grpc.StatusCode.PERMISSION_DENIED


async def test_the_bff_reads_but_does_not_write(mesh: Any) -> None:
    async with mesh.outbound("bff", "order") as client:
        assert (await client.get("/api/orders/1")).status_code == 200
        assert (await client.get("/schema/openapi.json")).status_code == 200
        assert (await client.post("/api/orders/1")).status_code == 403
        assert (await client.get("/api/ordersx")).status_code == 403
    async with mesh.inbound("order", mesh.files.certificates / "bff") as client:
        denied = await client.delete("/api/orders/1")
    assert denied.status_code == 403
    assert denied.json()["code"] == "PERMISSION_DENIED"
    assert [method for method, _, _ in mesh.apps["order"].requests] == ["GET", "GET"]


async def test_a_client_without_certificate_is_refused(mesh: Any) -> None:
    async with mesh.inbound("order", None) as client:
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            await client.post(CREATE, headers=GRPC)
    assert mesh.apps["order"].rpcs == []


async def test_plaintext_is_refused(mesh: Any) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.TransportError):
            await client.post(f"http://127.0.0.1:{mesh.ports.of('order').inbound}{CREATE}", headers=GRPC)
    assert mesh.apps["order"].rpcs == []


async def test_the_right_identity_of_a_foreign_authority_is_refused(
    mesh: Any, policy: Policy, tmp_path: Path
) -> None:
    ensure_certificates(tmp_path, policy)
    async with mesh.inbound("order", tmp_path / "cart") as client:
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            await client.post(CREATE, headers=GRPC)
    assert mesh.apps["order"].rpcs == []


async def test_an_idempotent_rpc_is_repeated_after_unavailable(mesh: Any) -> None:
    order = mesh.apps["order"]
    order.failures = [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE]
    assert await mesh.call("kitchen", "order", PREPARED) is grpc.StatusCode.OK
    assert len(order.rpcs) == 3


async def test_any_other_rpc_reaches_the_application_once(mesh: Any) -> None:
    order = mesh.apps["order"]
    order.failures = [grpc.StatusCode.UNAVAILABLE]
    assert await mesh.call("cart", "order", CREATE) is grpc.StatusCode.UNAVAILABLE
    assert len(order.rpcs) == 1


@pytest.mark.parametrize("where", ["headers", "trailers"])
async def test_an_application_cannot_claim_that_a_request_was_not_delivered(mesh: Any, where: str) -> None:
    order = mesh.apps["order"]
    setattr(order, where, (("x-mesh-undelivered", "1"),))
    order.failures = [grpc.StatusCode.UNAVAILABLE]
    assert await mesh.call("cart", "order", CREATE) is grpc.StatusCode.UNAVAILABLE
    assert len(order.rpcs) == 1
    order.failures = [grpc.StatusCode.UNAVAILABLE]
    async with mesh.inbound("order", mesh.files.certificates / "cart") as client:
        answer = await client.post(CREATE, headers=GRPC, content=EMPTY_MESSAGE)
    assert len(order.rpcs) == 2
    assert "x-mesh-undelivered" not in answer.headers


async def test_a_request_that_the_application_never_got_is_marked(mesh: Any) -> None:
    order = mesh.apps["order"]
    await order.stop_grpc()
    try:
        async with mesh.inbound("order", mesh.files.certificates / "cart") as client:
            answer = await client.post(CREATE, headers=GRPC)
    finally:
        await order.start_grpc()

    async def healthy_again() -> bool:
        return await mesh.call("cart", "order", CREATE) is grpc.StatusCode.OK

    await mesh.until(healthy_again)
    assert answer.headers["grpc-status"] == UNAVAILABLE
    assert answer.headers["x-mesh-undelivered"] == "1"


async def test_a_new_certificate_is_used_without_a_restart(mesh: Any, policy: Policy) -> None:
    async def serial() -> str:
        async with httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{mesh.ports.of('cart').admin}/certs"
            certificates = (await client.get(url)).json()["certificates"]
        return str(certificates[0]["cert_chain"][0]["serial_number"])

    before = await serial()
    (mesh.files.certificates / "cart" / "tls.crt").unlink()
    assert ensure_certificates(mesh.files.certificates, policy) == ["cart"]

    async def renewed() -> bool:
        return await serial() != before

    await mesh.until(renewed)
    assert await mesh.call("cart", "order", CREATE) is grpc.StatusCode.OK
