"""Every error in both dialects, and no defect's text outside."""

from typing import Any

import asyncpg
import grpc
import msgspec
import pytest
from bunmart.cart.v1.cart_pb2 import GetCartForCheckoutRequest, GetCartRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub
from bunmart_chassis import errors
from bunmart_chassis.errors import from_exception

from tests.support import ServiceHarness, problem, rpc_error

CLASSES = [
    ("InvalidArgumentError", grpc.StatusCode.INVALID_ARGUMENT, 400),
    ("UnauthenticatedError", grpc.StatusCode.UNAUTHENTICATED, 401),
    ("PermissionDeniedError", grpc.StatusCode.PERMISSION_DENIED, 403),
    ("NotFoundError", grpc.StatusCode.NOT_FOUND, 404),
    ("AlreadyExistsError", grpc.StatusCode.ALREADY_EXISTS, 409),
    ("FailedPreconditionError", grpc.StatusCode.FAILED_PRECONDITION, 409),
    ("AbortedError", grpc.StatusCode.ABORTED, 409),
    ("ResourceExhaustedError", grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
    ("UnavailableError", grpc.StatusCode.UNAVAILABLE, 503),
    ("DeadlineExceededError", grpc.StatusCode.DEADLINE_EXCEEDED, 504),
]


async def test_each_error_has_its_status_code_and_fields_in_both_dialects(shared: ServiceHarness) -> None:
    for name, status, http_status in CLASSES:
        over_grpc = await rpc_error(
            shared.stub(CartServiceStub).GetCartForCheckout(GetCartForCheckoutRequest(user_id=name))
        )
        over_rest = await shared.http.get(f"/api/lines/errors/{name}")

        assert (over_grpc.status, over_grpc.reason) == (status, "TEST_REASON")
        assert (over_grpc.fields, over_grpc.metadata) == (["quantity"], {"allowed": "paid"})
        assert over_grpc.message == "It was refused."
        body = problem(over_rest)
        assert (body["status"], body["code"]) == (http_status, "TEST_REASON")
        assert body["errors"] == [{"field": "quantity", "message": "too many"}]
        assert body["metadata"] == {"allowed": "paid"}
        assert ("www-authenticate" in over_rest.headers) == (http_status == 401)
        assert over_rest.headers.get("retry-after") == ("1" if http_status == 503 else None)
        assert over_grpc.retry_seconds == (1 if http_status == 503 else None)


@pytest.mark.parametrize("name", ["a-surprise", "InternalError"])
async def test_a_defect_says_nothing_about_itself(
    shared: ServiceHarness, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    over_grpc = await rpc_error(
        shared.stub(CartServiceStub).GetCartForCheckout(GetCartForCheckoutRequest(user_id=name))
    )
    body = problem(await shared.http.get(f"/api/lines/errors/{name}"))

    assert over_grpc.status is grpc.StatusCode.INTERNAL
    assert body["status"] == 500
    assert over_grpc.message == body["detail"] == "Something went wrong on our side."
    assert over_grpc.metadata == {}
    assert "metadata" not in body
    assert [record.getMessage() for record in caplog.records].count("call failed") == 2


@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x7f"])
async def test_what_is_no_message_is_the_callers_mistake(shared: ServiceHarness, raw: bytes) -> None:
    call: Any = shared.channel.unary_unary("/bunmart.cart.v1.CartService/GetCart")

    error = await rpc_error(call(raw))

    assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["request"])


async def test_a_malformed_field_is_named_over_grpc(shared: ServiceHarness) -> None:
    error = await rpc_error(shared.stub(CartServiceStub).GetCart(GetCartRequest(user_id="no uuid")))

    assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["user_id"])


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (asyncpg.SerializationError(""), grpc.StatusCode.ABORTED),
        (asyncpg.DeadlockDetectedError(""), grpc.StatusCode.ABORTED),
        (asyncpg.UniqueViolationError(""), grpc.StatusCode.ALREADY_EXISTS),
        (asyncpg.CheckViolationError(""), grpc.StatusCode.FAILED_PRECONDITION),
        (asyncpg.NumericValueOutOfRangeError(""), grpc.StatusCode.INVALID_ARGUMENT),
        (asyncpg.TooManyConnectionsError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.ConnectionDoesNotExistError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.CannotConnectNowError("the database system is starting up"), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.CrashShutdownError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.InternalClientError("cannot switch to state 12"), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.ProtocolError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.OutdatedSchemaCacheError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.InvalidCachedStatementError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.PostgresIOError(""), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.InterfaceError("connection is closed"), grpc.StatusCode.UNAVAILABLE),
        (ExceptionGroup("", [asyncpg.InternalClientError("")]), grpc.StatusCode.UNAVAILABLE),
        (ConnectionRefusedError(), grpc.StatusCode.UNAVAILABLE),
        (asyncpg.UndefinedTableError(""), grpc.StatusCode.INTERNAL),
        (msgspec.ValidationError("bad"), grpc.StatusCode.INVALID_ARGUMENT),
        (TimeoutError(), grpc.StatusCode.DEADLINE_EXCEEDED),
        (ExceptionGroup("of a task group", [errors.NotFoundError("No.")]), grpc.StatusCode.NOT_FOUND),
        (KeyError("secret"), grpc.StatusCode.INTERNAL),
    ],
)
def test_foreign_exceptions_have_their_place(raised: Exception, status: grpc.StatusCode) -> None:
    assert from_exception(raised).status is status
