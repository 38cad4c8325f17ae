"""A shipment's life in any order of commands, with reports that are late, lost and repeated.

A state machine plays admin, driver and order service against the running service. Whatever happened, once it is
quiet the order is where its shipment is, and nothing moves for an order that was cancelled.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bunmart.order.v1.order_pb2 import SetOrderShippingRequest, SetOrderShippingResponse
from bunmart.shipping.v1 import shipping_pb2 as pb
from bunmart_chassis.errors import FailedPreconditionError, UnavailableError
from bunmart_shipping.domain import TRANSITIONS, ShipmentStatus
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.services.shipping.conftest import Shipping, new
from tests.support import FakePeers, rpc_error
from tests.support.effort import effort

Answer = TypeVar("Answer")
ALLOWED = {("packed", "shipping"), ("shipping", "shipped"), ("shipping", "packed")}
QUIET = {"PENDING": "packed", "CANCELLED": "packed", "DELIVERED": "shipped"}
"""The state of the order by that of its shipment; shipping while somebody has the parcel."""


class Orders:
    """An order service that acknowledges repeats, refuses jumps, and does not always answer."""

    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        self.network = "fine"

    def set_shipping(self, request: SetOrderShippingRequest) -> SetOrderShippingResponse:
        if self.network == "down":
            raise UnavailableError("The order service does not answer.")
        state = self.state[request.order_id]
        if state == "cancelled":
            raise FailedPreconditionError("The order was cancelled.", code="ORDER_CANCELLED")
        repeated = (state, request.status) == ("shipped", "shipping")
        if not (repeated or state == request.status or (state, request.status) in ALLOWED):
            raise FailedPreconditionError(f"{request.status} does not follow {state}.", code="JUMP")
        self.state[request.order_id] = state if repeated else request.status
        if self.network == "loses answers":
            raise UnavailableError("The answer is lost.")
        return SetOrderShippingResponse(updated=True)


class ShipmentLife(RuleBasedStateMachine):
    """The life of one shipment; it runs in a thread beside the loop of the service."""

    shipping: Shipping
    orders: Orders
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    @initialize(asked=st.sampled_from([True, True, True, False]))
    def order_is_packed(self, asked: bool) -> None:
        self.request = self.shipping.request(order_id=new())
        self.order_id, self.shipment_id, self.cancelled = self.request.order_id, "", False
        self.orders.state[self.order_id], self.orders.network = "packed", "fine"
        if asked:
            self.order_asks_for_delivery()

    @rule()
    def order_asks_for_delivery(self) -> None:
        if self.cancelled:
            assert self.run(self._refusal()) == "ORDER_CANCELLED"
        else:
            self.shipment_id = self.run(self._create())

    async def _refusal(self) -> str:
        return str((await rpc_error(self.shipping.stub.CreateShipment(self.request))).reason)

    async def _create(self) -> str:
        return str((await self.shipping.stub.CreateShipment(self.request)).shipment_id)

    @precondition(lambda self: self.shipment_id)
    @rule(carrier=st.booleans())
    def admin_submits(self, carrier: bool) -> None:
        number = f"D-{self.shipment_id[-30:]}"
        body = {"carrier": "DHL", "tracking_number": number} if carrier else self.shipping.details
        self._check(self.run(self._put("", body)))

    @precondition(lambda self: self.shipment_id)
    @rule(choice=st.integers(0, 1000), twice=st.booleans())
    def somebody_moves(self, choice: int, twice: bool) -> None:
        # Mostly along the table. Not drawn from it: what is drawn may not depend on how fast the jobs were.
        now = ShipmentStatus(self.run(self._status()))
        likely = [*3 * sorted(TRANSITIONS[now]), *ShipmentStatus]
        status = likely[choice % len(likely)]
        calls = [self._put("/status", {"status": status}) for _ in range(2 if twice else 1)]
        for code in self.run(_together(calls)):
            self._check(code)

    async def _put(self, path: str, body: Any) -> int:
        url = f"/api/shipments/{self.shipment_id}{path}"
        return (await self.shipping.http.put(url, json=body, headers=self.shipping.admin)).status_code

    def _check(self, status_code: int) -> None:
        assert status_code in (200, 409), status_code

    @rule(network=st.sampled_from(["fine", "down", "loses answers"]))
    def network_changes(self, network: str) -> None:
        self.orders.network = network

    @rule()
    def jobs_run(self) -> None:
        self.run(self.shipping.harness.settle(retries=False))

    @rule(seriously=st.sampled_from([True, False, False, False]))
    def order_is_cancelled(self, seriously: bool) -> None:
        if not seriously or self.orders.state[self.order_id] not in ("packed", "cancelled"):
            return
        self.orders.state[self.order_id], self.cancelled = "cancelled", True
        before = self.run(self._status())
        answer = self.run(self._cancel())
        after = self.run(self._status())
        assert answer.status == after
        assert answer.stopped == (after in ("", "CANCELLED"))
        assert answer.stopped or before == after

    async def _cancel(self) -> pb.CancelShipmentResponse:
        request = pb.CancelShipmentRequest(order_id=self.order_id)
        answer: pb.CancelShipmentResponse = await self.shipping.stub.CancelShipment(request)
        return answer

    async def _status(self) -> str:
        return str((await self.shipping.row(self.shipment_id))["status"]) if self.shipment_id else ""

    def teardown(self) -> None:
        self.orders.network = "fine"
        self.run(self.shipping.harness.settle())
        status, state = self.run(self._status()), self.orders.state[self.order_id]
        if self.cancelled:
            assert state == "cancelled"
            assert status in ("", "CANCELLED", "OUT_FOR_DELIVERY", "DELIVERED", "FAILED")
        elif status:
            assert state == QUIET.get(status, "shipping"), (status, state)
        else:
            assert state == "packed"


async def _together(calls: list[Coroutine[Any, Any, int]]) -> list[int]:
    return await asyncio.gather(*calls)


async def test_whatever_happens_the_order_ends_where_its_shipment_is(
    shipping: Shipping, peers: FakePeers
) -> None:
    orders = Orders()
    peers.answer("SetOrderShipping", orders.set_shipping)
    loop = asyncio.get_running_loop()
    life = type("Life", (ShipmentLife,), {"shipping": shipping, "orders": orders, "loop": loop})

    await asyncio.to_thread(
        run_state_machine_as_test,
        life,
        settings=settings(
            max_examples=effort(60),
            stateful_step_count=15,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
