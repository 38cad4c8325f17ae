"""A call under an idempotency key acts once, whatever happens."""

import asyncio
from typing import Any
from uuid import uuid4

import grpc
import pytest
from bunmart.cart.v1.cart_pb2 import AddCartItemRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis.errors import FailedPreconditionError, NotFoundError
from bunmart_chassis.storage import UnitOfWork

from tests.chassis.sample.calls import KEY, body, count
from tests.support import ServiceHarness, Tokens, problem, rpc_error

METADATA = (("idempotency-key", "key-1"),)


async def test_a_repeated_rest_call_gets_the_same_answer(sample: ServiceHarness) -> None:
    line = body()

    first = await sample.http.post("/api/lines", json=line, headers=KEY)
    second = await sample.http.post("/api/lines", json=line, headers=KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"]
    assert ("idempotent-replayed" in first.headers, second.headers["idempotent-replayed"]) == (False, "true")
    assert await count(sample, "lines") == 1


async def test_a_repeated_rpc_gets_the_same_answer(sample: ServiceHarness, stub: CartServiceStub) -> None:
    request = AddCartItemRequest(product_id=str(uuid4()), quantity=1)

    first = await stub.AddCartItem(request, metadata=METADATA)
    second = await stub.AddCartItem(request, metadata=METADATA)

    assert first == second
    assert await count(sample, "lines") == 1


async def test_another_body_under_the_key_is_refused(sample: ServiceHarness, stub: CartServiceStub) -> None:
    await sample.http.post("/api/lines", json=body(), headers=KEY)
    await stub.AddCartItem(AddCartItemRequest(product_id=str(uuid4()), quantity=1), metadata=METADATA)

    over_rest = problem(await sample.http.post("/api/lines", json=body(), headers=KEY))
    over_grpc = await rpc_error(
        stub.AddCartItem(AddCartItemRequest(product_id=str(uuid4()), quantity=1), metadata=METADATA)
    )

    assert (over_rest["status"], over_rest["code"]) == (400, "IDEMPOTENCY_KEY_REUSED")
    assert (over_grpc.status, over_grpc.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "IDEMPOTENCY_KEY_REUSED",
    )
    assert await count(sample, "lines") == 2


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_has_a_length(sample: ServiceHarness, stub: CartServiceStub, key: str) -> None:
    over_rest = problem(await sample.http.post("/api/lines", json=body(), headers={"idempotency-key": key}))
    request = AddCartItemRequest(product_id=str(uuid4()), quantity=1)
    over_grpc = await rpc_error(stub.AddCartItem(request, metadata=(("idempotency-key", key),)))

    assert over_rest["errors"][0]["field"] == "idempotency-key"
    assert over_grpc.fields == ["idempotency-key"]
    assert await count(sample, "lines") == 0


async def test_a_key_can_be_handed_on(sample: ServiceHarness) -> None:
    for key in (b"caf\xe9", b"a\tb"):
        refused = await sample.http.post("/api/lines", json=body(), headers={b"idempotency-key": key})
        assert problem(refused)["errors"][0]["field"] == "idempotency-key"
    assert await count(sample, "lines") == 0


async def test_twenty_rest_calls_at_once_act_once(sample: ServiceHarness) -> None:
    line = body()

    answers = await asyncio.gather(
        *(sample.http.post("/api/lines", json=line, headers=KEY) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count(sample, "lines") == await count(sample, "idempotency_keys") == 1
    await sample.settle()


async def test_twenty_rpcs_at_once_act_once_where_nothing_else_conflicts(
    sample: ServiceHarness, stub: CartServiceStub, hooks: dict[str, Any]
) -> None:
    async def also_another(unit: UnitOfWork) -> None:
        # No constraint tells the duplicates apart here: only their key does.
        await unit.execute("UPDATE lines SET product_id = gen_random_uuid()")

    hooks["inside"] = also_another
    request = AddCartItemRequest(product_id=str(uuid4()), quantity=1)

    answers = await asyncio.gather(*(stub.AddCartItem(request, metadata=METADATA) for _ in range(20)))

    assert len({answer.cart_id for answer in answers}) == 1
    assert await count(sample, "lines") == await count(sample, "idempotency_keys") == 1


async def test_a_refused_call_is_not_stored(sample: ServiceHarness, hooks: dict[str, Any]) -> None:
    async def refuse(_: Any) -> None:
        raise FailedPreconditionError("Not now.")

    line = body()
    hooks["inside"] = refuse
    refused = problem(await sample.http.post("/api/lines", json=line, headers=KEY))
    assert (refused["code"], await count(sample, "idempotency_keys")) == ("FAILED_PRECONDITION", 0)

    hooks.clear()
    accepted = await sample.http.post("/api/lines", json=line, headers=KEY)

    assert (accepted.status_code, "idempotent-replayed" in accepted.headers) == (201, False)


async def test_a_refusal_after_the_effect_undoes_it(sample: ServiceHarness, hooks: dict[str, Any]) -> None:
    async def refuse(*_: Any) -> None:
        raise NotFoundError("Too late.")

    hooks["after"] = refuse
    assert (await sample.http.post("/api/lines", json=body(), headers=KEY)).status_code == 404

    assert await count(sample, "lines") == await count(sample, "pgqueuer") == 0


async def test_a_defect_or_a_crash_before_the_commit_stores_nothing(
    sample: ServiceHarness, stub: CartServiceStub, hooks: dict[str, Any]
) -> None:
    async def lose_connection(unit: UnitOfWork) -> None:
        await unit.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    hooks["inside"] = lose_connection
    request = AddCartItemRequest(product_id=str(uuid4()), quantity=1)
    error = await rpc_error(stub.AddCartItem(request, metadata=METADATA))
    assert (error.status, error.reason) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    assert await count(sample, "lines") == await count(sample, "idempotency_keys") == 0

    hooks.clear()
    await stub.AddCartItem(request, metadata=METADATA)
    assert await count(sample, "lines") == 1


async def test_a_cancelled_call_gives_its_connection_back(
    sample: ServiceHarness, stub: CartServiceStub, hooks: dict[str, Any]
) -> None:
    began = asyncio.Event()

    async def wait(_: Any) -> None:
        began.set()
        await asyncio.sleep(30)

    hooks["inside"] = wait
    request = AddCartItemRequest(product_id=str(uuid4()), quantity=1)
    for _ in range(10):
        began.clear()
        call = stub.AddCartItem(request, metadata=METADATA)
        task = asyncio.ensure_future(call)
        await began.wait()
        call.cancel()
        await asyncio.gather(task, return_exceptions=True)

    hooks.clear()
    await stub.AddCartItem(request, metadata=METADATA, timeout=5)
    assert await count(sample, "lines") == 1


async def test_keys_of_different_callers_are_apart(
    sample: ServiceHarness, stub: CartServiceStub, tokens: Tokens
) -> None:
    for user in (uuid4(), uuid4()):
        headers = {**KEY, **tokens.auth("customer", user)}
        assert (await sample.http.post("/api/lines", json=body(), headers=headers)).status_code == 201
    for caller in ("order", "product"):
        certificate = f"By=spiffe://bunmart/x;URI=spiffe://bunmart/ns/default/sa/{caller}"
        metadata = (*METADATA, ("x-forwarded-client-cert", certificate))
        await stub.AddCartItem(AddCartItemRequest(product_id=str(uuid4()), quantity=1), metadata=metadata)

    callers = await sample.database.fetch("SELECT caller FROM idempotency_keys ORDER BY caller")
    assert [row["caller"] for row in callers][:2] == ["order", "product"]
    assert await count(sample, "lines") == 4


async def test_the_answers_to_visitors_can_be_kept_out_of_the_store(
    sample: ServiceHarness, tokens: Tokens
) -> None:
    signed_in = {**KEY, **tokens.auth("customer")}
    for headers in (KEY, KEY, signed_in, signed_in):
        line = body() if headers is KEY else body("00000000-0000-0000-0000-000000000001")
        assert (await sample.http.post("/api/lines/own", json=line, headers=headers)).status_code == 201
    refused = problem(
        await sample.http.post("/api/lines/own", json=body(), headers={"idempotency-key": "k" * 256})
    )

    assert refused["errors"][0]["field"] == "idempotency-key"
    assert (await count(sample, "lines"), await count(sample, "idempotency_keys")) == (3, 1)


async def test_a_route_with_secrets_stores_no_answer_under_a_key(sample: ServiceHarness) -> None:
    first, second = [await sample.http.post("/api/lines/secret", json=body(), headers=KEY) for _ in range(2)]
    refused = await sample.http.post("/api/lines/secret", json=body(), headers={"idempotency-key": "x" * 256})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "idempotency-key")
    assert (await count(sample, "lines"), await count(sample, "idempotency_keys")) == (2, 0)
