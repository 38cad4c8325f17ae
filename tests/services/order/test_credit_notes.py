"""Credit notes: each refund whose money has gone back has one, with a number and the tax of its own."""

from typing import Any
from uuid import uuid4

from bunmart.notification.v1.notification_pb2 import SendNotificationRequest
from bunmart.order.v1 import order_pb2

from tests.services.order.conftest import BUN, PAYMENT, ROLL, Shop
from tests.support import problem


async def _refund(shop: Shop, order_id: str, **body: Any) -> dict[str, Any]:
    response = await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"reason": "stale", **body}, headers=shop.admin
    )
    assert response.status_code == 201, response.text
    refund: dict[str, Any] = response.json()
    return refund


async def _refunds(shop: Shop, order_id: str) -> list[dict[str, Any]]:
    listed = await shop.http.get(f"/api/orders/{order_id}/refunds", headers=shop.customer)
    found: list[dict[str, Any]] = listed.json()
    return found


async def _note(shop: Shop, order_id: str, refund_id: str, **options: Any) -> Any:
    path = f"/api/orders/{order_id}/refunds/{refund_id}/credit-note"
    return await shop.http.get(path, **{"headers": shop.customer, **options})


async def _mails(shop: Shop) -> list[SendNotificationRequest]:
    await shop.service.settle()
    mails = shop.peers.requests("SendNotification")
    return [mail for mail in mails if mail.template_id == "order_credit_note"]


async def test_pieces_that_are_given_back_have_a_credit_note_with_their_tax(shop: Shop) -> None:
    order_id = await shop.at("completed")
    lines = [{"product_id": str(BUN), "quantity": 1}, {"product_id": str(ROLL), "quantity": 1}]
    refund = await _refund(shop, order_id, lines=lines)
    assert refund["credit_note_number"] is None
    await shop.payment_result(order_id, "REFUNDED", "5.00")
    number = f"{(await shop.read(order_id))['order_number']}-C1"

    response = await _note(shop, order_id, refund["refund_id"])

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for shown in (number, "credit note", "For receipt BM-", "Bun", "Roll", "2.50", "5.00", "0.33", "4.67"):
        assert shown in response.text
    assert "stale" not in response.text
    assert [each["credit_note_number"] for each in await _refunds(shop, order_id)] == [number]
    pdf = await _note(shop, order_id, refund["refund_id"], params={"format": "pdf"})
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


async def test_each_refund_is_mailed_once_with_its_own_note(shop: Shop) -> None:
    order_id = await shop.at("completed")
    for amount in ("5.00", "2.00"):
        await _refund(shop, order_id, amount=amount)
    for total in ("5.00", "7.00", "5.00", "7.00"):
        await shop.payment_result(order_id, "REFUNDED", total)

    mails = await _mails(shop)

    number = (await shop.read(order_id))["order_number"]
    assert sorted((mail.template_data["number"], mail.template_data["amount"]) for mail in mails) == [
        (f"{number}-C1", "5.00"),
        (f"{number}-C2", "2.00"),
    ]
    for mail in mails:
        name = f"credit-note-{mail.template_data['number']}"
        assert [each.filename for each in mail.attachments] == [f"{name}.pdf", f"{name}.html"]


async def test_money_that_was_given_back_at_stripe_has_a_note_too(shop: Shop) -> None:
    order_id = await shop.at("completed")
    refund = await _refund(shop, order_id, amount="5.00")
    by_hand = {"refund_id": str(uuid4()), "status": "SUCCEEDED", "amount": "3.00", "reason": "by hand"}
    ours = {"refund_id": refund["refund_id"], "status": "SUCCEEDED", "amount": "5.00", "reason": "stale"}

    await _report(shop, order_id, "3.00", by_hand)
    await _report(shop, order_id, "8.00", by_hand, ours)
    await _report(shop, order_id, "3.00", by_hand)

    found = {each["amount"]: each for each in await _refunds(shop, order_id)}
    assert {each["status"] for each in found.values()} == {"SUCCEEDED"}
    assert found["3.00"]["credit_note_number"].endswith("-C1")
    assert found["5.00"]["credit_note_number"].endswith("-C2")
    assert (await _note(shop, order_id, by_hand["refund_id"])).status_code == 200
    assert len(await _mails(shop)) == 2
    assert (await shop.read(order_id))["refunded_total"] == "8.00"


async def test_a_refund_that_fails_at_the_bank_has_no_note_any_more_and_its_number_stays_taken(
    shop: Shop,
) -> None:
    order_id = await shop.at("completed")
    first = {"refund_id": str(uuid4()), "status": "SUCCEEDED", "amount": "3.00", "reason": "by hand"}
    second = {"refund_id": str(uuid4()), "status": "SUCCEEDED", "amount": "2.00", "reason": "by hand"}
    await _report(shop, order_id, "3.00", first)

    await _report(shop, order_id, "2.00", first | {"status": "FAILED"}, second)

    refused = await _note(shop, order_id, first["refund_id"])
    assert (refused.status_code, problem(refused)["code"]) == (409, "REFUND_NOT_SUCCEEDED")
    numbers = [each["credit_note_number"][-3:] for each in await _refunds(shop, order_id)]
    assert sorted(numbers) == ["-C1", "-C2"]


async def _report(shop: Shop, order_id: str, total: str, *refunds: dict[str, str]) -> None:
    await shop.stub.NotifyPaymentResult(
        order_pb2.NotifyPaymentResultRequest(
            order_id=order_id,
            payment_id=str(PAYMENT),
            status="REFUNDED",
            refunded_total=total,
            refunds=[order_pb2.PaymentRefund(**refund) for refund in refunds],
        )
    )


async def test_a_cancelled_order_has_a_note_of_all_its_money(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.cancel(order_id, shop.customer)
    await shop.payment_result(order_id, "REFUNDED", "12.40")

    (refund,) = await _refunds(shop, order_id)
    text = (await _note(shop, order_id, refund["refund_id"])).text

    for shown in ("12.40", "7 %", "19 %", "0.78"):
        assert shown in text


async def test_a_refund_on_its_way_has_no_note_and_nobody_is_mailed(shop: Shop) -> None:
    order_id = await shop.at("completed")
    refund = await _refund(shop, order_id, amount="5.00")

    refused = await _note(shop, order_id, refund["refund_id"])

    assert (refused.status_code, problem(refused)["code"]) == (409, "REFUND_NOT_SUCCEEDED")
    assert await _mails(shop) == []


async def test_a_note_is_read_by_its_customer_alone_and_belongs_to_its_order(shop: Shop) -> None:
    order_id, other = await shop.at("completed"), await shop.at("completed")
    refund = await _refund(shop, order_id, amount="5.00")
    await shop.payment_result(order_id, "REFUNDED", "5.00")
    refund_id = refund["refund_id"]

    assert (await _note(shop, order_id, refund_id, headers=shop.stranger)).status_code == 403
    assert (await _note(shop, order_id, refund_id, headers={})).status_code == 401
    missing = await _note(shop, other, refund_id)
    assert (missing.status_code, problem(missing)["code"]) == (404, "REFUND_NOT_FOUND")
    wrong = await _note(shop, order_id, refund_id, params={"format": "docx"})
    assert (wrong.status_code, problem(wrong)["errors"][0]["field"]) == (400, "format")
