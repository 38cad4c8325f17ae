"""A constraint that refuses a write becomes the refusal that the use case states, in both dialects."""

from typing import Any
from uuid import uuid4

import asyncpg
import grpc
import pytest
from bunmart.cart.v1.cart_pb2 import AddCartItemRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis.storage import Refusal, UnitOfWork, in_use, missing, refused, taken, unknown

from tests.chassis.sample.service import ADD, FIND
from tests.support import ServiceHarness, problem, rpc_error

NAME = "pk_lines"
KINDS = [
    (taken(NAME, code="LINE_TAKEN", field="product_id", message="Taken."), "ALREADY_EXISTS", 409),
    (missing(NAME, code="LINE_TAKEN", field="product_id", message="Taken."), "NOT_FOUND", 404),
    (in_use(NAME, code="LINE_TAKEN", message="Taken."), "FAILED_PRECONDITION", 409),
    (unknown(NAME, field="product_id", message="Taken."), "INVALID_ARGUMENT", 400),
]


async def write_twice(unit: UnitOfWork, product: Any, *refusals: Refusal) -> None:
    found = await FIND.first(unit, product_id=product)
    assert found is not None
    with refused(*refusals):
        await ADD.add(unit, found)


@pytest.mark.parametrize(("refusal", "status", "http_status"), KINDS)
async def test_the_refusal_has_status_reason_and_field(
    sample: ServiceHarness, hooks: dict[str, Any], refusal: Refusal, status: str, http_status: int
) -> None:
    product = uuid4()
    other = taken("uq_lines_note", code="OTHER", message="Another one.")

    async def inside(unit: UnitOfWork) -> None:
        await write_twice(unit, product, other, refusal)

    hooks["inside"] = inside
    over_rest = problem(
        await sample.http.post("/api/lines", json={"product_id": str(product), "quantity": 1})
    )
    request = AddCartItemRequest(product_id=str(product), quantity=1, session_id="s")
    over_grpc = await rpc_error(sample.stub(CartServiceStub).AddCartItem(request))

    reason = "INVALID_ARGUMENT" if refusal.code is None else "LINE_TAKEN"
    fields = [refusal.field] if refusal.field else []
    assert (over_rest["status"], over_rest["code"]) == (http_status, reason)
    assert [each["field"] for each in over_rest.get("errors", [])] == fields
    assert (over_grpc.status, over_grpc.reason) == (grpc.StatusCode[status], reason)
    assert (over_grpc.fields, over_grpc.message) == (fields, over_rest["detail"])
    assert await sample.database.fetch("SELECT * FROM lines") == []


async def test_another_constraint_passes_unchanged(shared: ServiceHarness) -> None:
    product = uuid4()
    async with shared.database.transaction() as unit:
        await unit.execute(
            "INSERT INTO lines (id, product_id, quantity, note, price, colour) "
            "VALUES ($1, $1, 1, '', 1, 'red')",
            product,
        )
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_lines"):
        async with shared.database.transaction() as unit:
            await write_twice(unit, product, taken("uq_lines_product_id", code="X", message="Taken."))
