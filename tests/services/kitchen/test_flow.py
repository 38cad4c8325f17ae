"""From the paid order to the prepared one."""

from uuid import UUID, uuid4

from bunmart.kitchen.v1 import kitchen_pb2 as pb
from bunmart.kitchen.v1.kitchen_pb2_grpc import KitchenServiceStub
from bunmart.notification.v1.notification_pb2 import SendNotificationResponse
from bunmart.order.v1.order_pb2 import NotifyOrderPreparedResponse

from tests.support import FakePeers, StartService, Tokens

ORDER, BUN, ROLL = str(uuid4()), str(uuid4()), str(uuid4())


async def test_the_kitchen_prepares_an_order(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> None:
    peers.answer("OrderService.NotifyOrderPrepared", NotifyOrderPreparedResponse(acknowledged=True))
    peers.answer("SendNotification", SendNotificationResponse(status="SENT"))
    head = uuid4()
    kitchen = await start_service("kitchen", alert_user_id=head)
    stub, staff = kitchen.stub(KitchenServiceStub), tokens.auth("kitchen")

    created = await stub.CreateProductionOrder(
        pb.CreateProductionOrderRequest(
            user_order_id=ORDER,
            lines=[
                pb.ProductionOrderLine(product_id=BUN, quantity=2),
                pb.ProductionOrderLine(product_id=ROLL, quantity=1),
            ],
        )
    )
    path = f"/api/production-orders/{created.production_order_id}"
    seen = (await kitchen.http.get(path, headers=staff)).json()
    assert seen["phase"] == "PREPARING"
    assert seen["progress_percent"] == 0
    assert [(line["product_id"], line["quantity"]) for line in seen["lines"]] == [(BUN, 2), (ROLL, 1)]

    moved = await kitchen.http.put(
        f"{path}/phase", json={"phase": "BAKING", "progress_percent": 60, "notes": "hot"}, headers=staff
    )
    assert (moved.status_code, moved.json()["progress_percent"], moved.json()["notes"]) == (200, 60, "hot")
    progress = await kitchen.http.get(f"/api/production-orders/order/{ORDER}", headers=staff)
    assert progress.json() == {
        "production_order_id": created.production_order_id,
        "user_order_id": ORDER,
        "phase": "BAKING",
        "progress_percent": 60,
        "preparation_image_urls": [],
        "updated_at": moved.json()["updated_at"],
    }
    assert peers.calls("OrderService.NotifyOrderPrepared") == []

    done = await kitchen.http.put(f"{path}/phase", json={"phase": "COMPLETED"}, headers=staff)
    assert (done.json()["phase"], done.json()["progress_percent"]) == ("COMPLETED", 100)
    await kitchen.settle()

    notices = peers.requests("OrderService.NotifyOrderPrepared")
    assert [(n.production_order_id, n.user_order_id) for n in notices] == [
        (created.production_order_id, ORDER)
    ]
    alerts = peers.requests("SendNotification")
    assert [(a.user_id, a.channel, a.template_id) for a in alerts] == [
        (str(head), "IN_APP", "production_completed")
    ]
    assert alerts[0].template_data == {
        "production_order_id": created.production_order_id,
        "order_id": ORDER,
    }
    assert (await kitchen.http.get(path, headers=staff)).json()["order_notified"] is True
    info = (
        await stub.GetProductionOrder(
            pb.GetProductionOrderRequest(production_order_id=created.production_order_id)
        )
    ).order
    assert (info.phase, info.progress_percent, info.notes, UUID(info.user_order_id)) == (
        "COMPLETED",
        100,
        "hot",
        UUID(ORDER),
    )


async def test_staff_are_told_of_goods_that_nobody_ordered(
    start_service: StartService, peers: FakePeers, tokens: Tokens
) -> None:
    peers.answer("SendNotification", SendNotificationResponse(status="SENT"))
    kitchen = await start_service("kitchen", alert_user_id=uuid4())
    path, lines = "/api/production-orders", [{"product_id": BUN, "quantity": 2}]

    made = await kitchen.http.post(path, json={"lines": lines}, headers=tokens.auth("admin"))
    order_id = made.json()["production_order_id"]
    done = await kitchen.http.put(
        f"{path}/{order_id}/phase", json={"phase": "COMPLETED"}, headers=tokens.auth("kitchen")
    )
    await kitchen.settle()

    assert (done.status_code, done.json()["user_order_id"]) == (200, None)
    alerts = [dict(each.template_data) for each in peers.requests("SendNotification")]
    assert alerts == [{"production_order_id": order_id, "order_id": "none"}]
    assert peers.calls("OrderService.NotifyOrderPrepared") == []
