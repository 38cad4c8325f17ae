"""Creating, moving and completing production orders; repeats and concurrency."""

import asyncio

import grpc
import pytest
from bunmart.kitchen.v1 import kitchen_pb2 as pb
from bunmart_chassis.errors import FailedPreconditionError, InvalidArgumentError

from tests.services.kitchen.conftest import NOTICE, Kitchen, new
from tests.support import FakePeers, problem, read_pages, rpc_error
from tests.support.outbox import HeldJobError


def _report(order_id: str, phase: str, urls: list[str]) -> pb.UpdateProductionPhaseRequest:
    return pb.UpdateProductionPhaseRequest(
        production_order_id=order_id, phase=phase, preparation_image_urls=urls
    )


async def test_a_repeat_returns_the_same_production_order(kitchen: Kitchen) -> None:
    product, other = new(), new()
    order = new()
    request = kitchen.request(order, [(product, 1), (other, 3), (product, 1)])
    first = await kitchen.stub.CreateProductionOrder(request)
    await kitchen.move(first.production_order_id, "BAKING", 30)

    again = await kitchen.stub.CreateProductionOrder(kitchen.request(order, [(other, 3), (product, 2)]))

    assert again.production_order_id == first.production_order_id
    seen = await kitchen.read(first.production_order_id)
    assert [(line["product_id"], line["quantity"]) for line in seen["lines"]] == [(product, 2), (other, 3)]
    assert (seen["phase"], seen["progress_percent"]) == ("BAKING", 30)


async def test_other_lines_for_the_same_order_are_refused(kitchen: Kitchen) -> None:
    order = new()
    order_id = await kitchen.create(order)

    error = await rpc_error(kitchen.stub.CreateProductionOrder(kitchen.request(order, [(new(), 9)])))

    assert (error.status, error.reason) == (grpc.StatusCode.ALREADY_EXISTS, "PRODUCTION_ORDER_EXISTS")
    assert error.metadata == {"production_order_id": order_id}
    assert len((await kitchen.read(order_id))["lines"]) == 1


async def test_created_at_the_same_time_it_is_one(kitchen: Kitchen) -> None:
    request = kitchen.request()

    answers = await asyncio.gather(*[kitchen.stub.CreateProductionOrder(request) for _ in range(8)])

    assert len({answer.production_order_id for answer in answers}) == 1
    rows = await kitchen.harness.database.fetch("SELECT * FROM production_order_lines")
    assert len(rows) == 1


async def test_completed_many_times_at_once_the_order_hears_it_once(
    kitchen: Kitchen, peers: FakePeers
) -> None:
    order_id = await kitchen.create()

    answers = await asyncio.gather(*[kitchen.move(order_id, "COMPLETED") for _ in range(6)])
    await kitchen.harness.settle()

    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(peers.calls(NOTICE)) == 1
    assert (await kitchen.read(order_id))["version"] == 2
    assert (await kitchen.move(order_id, "COMPLETED", 100)).status_code == 200
    await kitchen.harness.settle()
    assert len(peers.calls(NOTICE)) == 1


async def test_completed_many_times_at_once_under_one_key_every_call_gets_the_first_answer(
    kitchen: Kitchen, peers: FakePeers
) -> None:
    order_id = await kitchen.create()
    path = f"/api/production-orders/{order_id}/phase"
    headers = {**kitchen.staff, "idempotency-key": "complete"}

    answers = await asyncio.gather(
        *[kitchen.http.put(path, json={"phase": "COMPLETED"}, headers=headers) for _ in range(6)]
    )
    await kitchen.harness.settle()

    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["version"] == 2
    assert len(peers.calls(NOTICE)) == 1


async def test_a_refused_report_links_no_image_and_moves_nothing(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    first = [f"https://images.example/{number}.png" for number in range(19)]
    await kitchen.stub.UpdateProductionPhase(_report(order_id, "PREPARING", first))

    error = await rpc_error(
        kitchen.stub.UpdateProductionPhase(_report(order_id, "COMPLETED", ["https://a/1", "https://a/2"]))
    )

    assert (error.status, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_IMAGES")
    seen = await kitchen.read(order_id)
    assert (seen["phase"], seen["version"], seen["preparation_image_urls"]) == ("PREPARING", 2, first)
    assert await kitchen.jobs() == []


async def test_the_notice_waits_for_an_order_that_is_not_in_production_yet(
    kitchen: Kitchen, peers: FakePeers
) -> None:
    peers.fail(NOTICE, FailedPreconditionError("Not in production."), times=2)
    order_id = await kitchen.create()

    await kitchen.move(order_id, "COMPLETED")
    await kitchen.harness.settle()

    assert len(peers.calls(NOTICE)) == 3
    assert (await kitchen.read(order_id))["order_notified"] is True


@pytest.mark.parametrize("by", ["order", "staff"])
async def test_a_notice_that_was_given_up_is_sent_again(kitchen: Kitchen, peers: FakePeers, by: str) -> None:
    order, lines = new(), [(new(), 2)]
    request = kitchen.request(order, lines)
    made = (await kitchen.stub.CreateProductionOrder(request)).production_order_id
    # The service's worker holds a job at once that nothing can help.
    peers.fail(NOTICE, InvalidArgumentError("Not in production."), times=1)
    await kitchen.move(made, "COMPLETED")
    with pytest.raises(HeldJobError):
        await kitchen.harness.settle()
    await kitchen.harness.database.execute("DELETE FROM pgqueuer")

    if by == "order":
        again = await kitchen.stub.CreateProductionOrder(kitchen.request(order, lines))
        assert again.production_order_id == made
    else:
        await kitchen.move(made, "COMPLETED")
    await kitchen.harness.settle()

    assert len(peers.calls(NOTICE)) == 2
    assert (await kitchen.read(made))["order_notified"] is True
    await kitchen.move(made, "COMPLETED")
    await kitchen.harness.settle()
    assert len(peers.calls(NOTICE)) == 2


async def test_nothing_goes_back(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    await kitchen.move(order_id, "BAKING", 60, notes="a")

    phase = await kitchen.move(order_id, "PREPARING", 70, notes="b")
    percent = await kitchen.move(order_id, "BAKING", 50, notes="b")

    assert problem(phase)["code"] == "PHASE_BACKWARDS"
    assert problem(percent)["code"] == "PROGRESS_BACKWARDS"
    assert (phase.status_code, percent.status_code) == (409, 409)
    seen = await kitchen.read(order_id)
    assert (seen["phase"], seen["progress_percent"], seen["notes"]) == ("BAKING", 60, "a")


async def test_an_update_over_grpc_adds_images_once_and_keeps_what_is_left_out(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    await kitchen.move(order_id, "BAKING", 40, notes="warm")
    url = "https://images.example/1.png"

    for _ in range(2):
        request = _report(order_id, "BAKING", [url, url])
        assert (await kitchen.stub.UpdateProductionPhase(request)).updated

    seen = await kitchen.read(order_id)
    assert (seen["progress_percent"], seen["notes"], seen["preparation_image_urls"]) == (40, "warm", [url])
    assert seen["version"] == 3


async def test_notify_completes_and_delivers_once(kitchen: Kitchen, peers: FakePeers) -> None:
    order = new()
    order_id = await kitchen.create(order)
    request = pb.NotifyOrderPreparedRequest(production_order_id=order_id, user_order_id=order)

    for _ in range(2):
        assert (await kitchen.stub.NotifyOrderPrepared(request)).acknowledged
        await kitchen.harness.settle()

    assert (await kitchen.read(order_id))["phase"] == "COMPLETED"
    assert len(peers.calls(NOTICE)) == 1


async def test_notify_sends_a_notice_again_that_never_arrived(kitchen: Kitchen, peers: FakePeers) -> None:
    order = new()
    order_id = await kitchen.create(order)
    await kitchen.move(order_id, "COMPLETED")
    await kitchen.harness.settle()
    await kitchen.harness.database.execute("UPDATE production_orders SET prepared_notified_at = NULL")

    await kitchen.stub.NotifyOrderPrepared(
        pb.NotifyOrderPreparedRequest(production_order_id=order_id, user_order_id=order)
    )
    await kitchen.harness.settle()

    assert len(peers.calls(NOTICE)) == 2


async def test_notify_with_the_wrong_order_is_not_found(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()

    error = await rpc_error(
        kitchen.stub.NotifyOrderPrepared(
            pb.NotifyOrderPreparedRequest(production_order_id=order_id, user_order_id=new())
        )
    )

    assert error.status is grpc.StatusCode.NOT_FOUND
    assert (await kitchen.read(order_id))["phase"] == "PREPARING"
    assert await kitchen.jobs() == []


async def test_a_change_of_an_older_version_is_refused(kitchen: Kitchen) -> None:
    order_id = await kitchen.create()
    path = f"/api/production-orders/{order_id}/notes"

    first = await kitchen.http.put(path, json={"notes": "mine", "version": 1}, headers=kitchen.staff)
    second = await kitchen.http.put(path, json={"notes": "yours", "version": 1}, headers=kitchen.staff)

    assert first.json()["version"] == 2
    assert problem(second)["code"] == "PRODUCTION_ORDER_CHANGED"
    assert (await kitchen.read(order_id))["notes"] == "mine"


async def test_only_an_unfinished_production_order_without_an_order_can_be_deleted(
    kitchen: Kitchen,
) -> None:
    of_order, finished, samples = (
        await kitchen.create(),
        await kitchen.create(),
        await kitchen.create_by_hand(),
    )
    await kitchen.upload(samples)
    await kitchen.upload(of_order)
    await kitchen.move(finished, "COMPLETED")
    path = "/api/production-orders"

    removed = await kitchen.http.delete(f"{path}/{samples}", headers=kitchen.admin)
    refused = [
        await kitchen.http.delete(f"{path}/{each}", headers=kitchen.admin) for each in (of_order, finished)
    ]

    assert removed.status_code == 204
    assert [each.status_code for each in refused] == [409, 409]
    assert [problem(each)["code"] for each in refused] == [
        "PRODUCTION_ORDER_OF_ORDER",
        "PRODUCTION_ORDER_COMPLETED",
    ]
    listed = await kitchen.http.get(path, headers=kitchen.staff)
    assert [item["production_order_id"] for item in listed.json()["items"]] == [finished, of_order]
    assert len(await kitchen.harness.database.fetch("SELECT 1 FROM preparation_images")) == 1


async def test_the_list_is_paged_and_filtered(kitchen: Kitchen) -> None:
    ids = [await kitchen.create() for _ in range(3)]
    await kitchen.move(ids[1], "BAKING")

    preparing = await read_pages(
        kitchen.http, "/api/production-orders", {"phase": "PREPARING"}, headers=kitchen.staff, size=1
    )

    assert [item["production_order_id"] for item in preparing] == [ids[2], ids[0]]


async def test_the_baker_reads_what_was_sold_the_notes_and_the_allergens(kitchen: Kitchen) -> None:
    cake, bun = new(), new()
    line = pb.ProductionOrderLine
    created = await kitchen.stub.CreateProductionOrder(
        pb.CreateProductionOrderRequest(
            user_order_id=new(),
            lines=[
                line(
                    product_id=cake,
                    quantity=1,
                    name="Cake",
                    note="Happy 40, Ann!",
                    allergens=["nuts", "eggs"],
                ),
                line(product_id=bun, quantity=2, name="Bun", allergens=["gluten"], unit="box of six"),
                line(product_id=cake, quantity=1, name="Cake", note="no candles", allergens=["eggs", "milk"]),
            ],
            order_number="BM-7K2Q-9D4M",
            note="severe nut allergy",
        )
    )

    seen = await kitchen.read(created.production_order_id)

    assert (seen["order_number"], seen["order_note"]) == ("BM-7K2Q-9D4M", "severe nut allergy")
    assert seen["allergens"] == ["eggs", "gluten", "milk", "nuts"]
    assert seen["lines"] == [
        {
            "product_id": cake,
            "quantity": 2,
            "name": "Cake",
            "note": "Happy 40, Ann!\nno candles",
            "allergens": ["nuts", "eggs", "milk"],
            "unit": "",
        },
        {
            "product_id": bun,
            "quantity": 2,
            "name": "Bun",
            "note": "",
            "allergens": ["gluten"],
            "unit": "box of six",
        },
    ]
    listed = await kitchen.http.get("/api/production-orders", headers=kitchen.staff)
    assert listed.json()["items"] == [seen]
    request = pb.GetProductionOrderRequest(production_order_id=created.production_order_id)
    info = (await kitchen.stub.GetProductionOrder(request)).order
    assert (info.order_number, info.order_note) == ("BM-7K2Q-9D4M", "severe nut allergy")
    assert [(each.name, each.note, list(each.allergens), each.unit) for each in info.lines] == [
        (each["name"], each["note"], each["allergens"], each["unit"]) for each in seen["lines"]
    ]


async def test_goods_that_nobody_ordered_are_made_without_a_word_to_the_order_service(
    kitchen: Kitchen, peers: FakePeers
) -> None:
    body = {
        "lines": [
            {
                "product_id": new(),
                "quantity": 4,
                "name": "Sample",
                "note": "",
                "allergens": [],
                "unit": "tray",
            }
        ]
    }
    headers = {**kitchen.admin, "idempotency-key": "k1"}

    answers = await asyncio.gather(
        *[kitchen.http.post("/api/production-orders", json=body, headers=headers) for _ in range(3)]
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["production_order_id"] for answer in answers}) == 1
    assert (answers[0].json()["lines"], answers[0].json()["user_order_id"]) == (body["lines"], None)
    order_id = answers[0].json()["production_order_id"]
    assert (await kitchen.move(order_id, "COMPLETED")).status_code == 200
    await kitchen.harness.settle()
    assert peers.calls(NOTICE) == []
    assert (await kitchen.read(order_id))["order_notified"] is False


async def test_an_order_is_not_produced_by_hand(kitchen: Kitchen) -> None:
    order, product = new(), new()
    started = await kitchen.stub.CreateProductionOrder(kitchen.request(order, [(product, 2)]))
    path, lines = "/api/production-orders", [{"product_id": product, "quantity": 2}]

    unknown = await kitchen.http.post(
        path, json={"user_order_id": new(), "lines": lines}, headers=kitchen.admin
    )
    other = await kitchen.http.post(
        path,
        json={"user_order_id": order, "lines": [{"product_id": product, "quantity": 3}]},
        headers=kitchen.admin,
    )
    same = await kitchen.http.post(path, json={"user_order_id": order, "lines": lines}, headers=kitchen.admin)

    assert (unknown.status_code, problem(unknown)["code"]) == (409, "ORDER_NOT_IN_PRODUCTION")
    assert (other.status_code, problem(other)["code"]) == (409, "PRODUCTION_ORDER_EXISTS")
    assert same.json()["production_order_id"] == started.production_order_id
    assert len(await kitchen.harness.database.fetch("SELECT 1 FROM production_orders")) == 1
