"""From start to stop."""

from uuid import uuid4

from bunmart.cart.v1.cart_pb2 import GetCartRequest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub

from tests.support import StartService


async def test_a_line_is_added_and_found(start_service: StartService) -> None:
    sample = await start_service("tests.chassis.sample")
    product = str(uuid4())

    added = await sample.http.post("/api/lines", json={"product_id": product, "quantity": 2})
    assert added.status_code == 201, added.text
    found = await sample.stub(CartServiceStub).GetCart(GetCartRequest(user_id=product))

    assert found.cart.cart_id == added.json()["id"]
    await sample.settle()
