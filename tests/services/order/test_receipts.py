"""Receipts: what was sold, its tax, both addresses, and what was given back."""

from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from font_roboto import Roboto
from fontTools.ttLib import TTFont

from tests.services.order.conftest import ADDRESS, BILLING, USER, Shop
from tests.support import problem


async def _sold(shop: Shop) -> str:
    order_id = await shop.intent(note="severe <i>nut</i> allergy", bun_note="<b>Żółć & Käse</b>")
    body = {"address_id": str(ADDRESS), "billing_address_id": str(BILLING), "coupon_codes": ["SAVE1"]}
    await shop.http.put(f"/api/orders/{order_id}/details", json=body, headers=shop.customer)
    await shop.pay(order_id)
    return order_id


async def test_a_receipt_shows_what_was_sold(shop: Shop) -> None:
    order_id = await _sold(shop)
    order = await shop.read(order_id)

    response = await shop.http.get(f"/api/orders/{order_id}/receipt", headers=shop.customer)

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = response.text
    for shown in (
        order["order_number"],
        "Bun",
        "One euro off",
        "-1.00",
        "11.40",
        "1 Oven St",
        "2 Bank St",
        "7 %",
        "19 %",
        "0.78",
    ):
        assert shown in text
    assert "&lt;b&gt;Żółć &amp; Käse&lt;/b&gt;" in text
    assert "Note: severe &lt;i&gt;nut&lt;/i&gt; allergy" in text
    assert "<b>" not in text
    assert "<i>" not in text


@pytest.mark.parametrize(
    ("params", "accept"),
    [({"format": "pdf"}, "*/*"), ({}, "application/pdf"), ({"format": "pdf"}, "text/html")],
)
async def test_a_receipt_is_a_pdf_for_whoever_asks_for_one(
    shop: Shop, params: dict[str, str], accept: str
) -> None:
    order_id = await _sold(shop)

    response = await shop.http.get(
        f"/api/orders/{order_id}/receipt", params=params, headers={**shop.customer, "accept": accept}
    )

    assert response.headers["content-type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert b"Roboto" in response.content


def test_the_font_has_the_letters_of_the_customers() -> None:
    letters = TTFont(BytesIO(Path(Roboto).read_bytes())).getBestCmap()
    assert {ord(letter) for letter in "äöüßÄÖÜéñçłżśřőåø€"} <= letters.keys()


async def test_the_mail_of_the_paid_order_carries_the_receipt_in_both_forms(shop: Shop) -> None:
    order_id = await _sold(shop)
    await shop.service.settle()

    mails = {mail.template_id: mail for mail in shop.peers.requests("SendNotification")}
    paid = mails.pop("order_paid")
    number = (await shop.read(order_id))["order_number"]
    pdf, page = paid.attachments
    assert [(each.filename, each.content_type) for each in paid.attachments] == [
        (f"receipt-{number}.pdf", "application/pdf"),
        (f"receipt-{number}.html", "text/html"),
    ]
    shown = await shop.http.get(f"/api/orders/{order_id}/receipt", headers=shop.customer)
    assert page.content == shown.content
    assert pdf.content.startswith(b"%PDF-")
    assert paid.template_data["receipt"] == "yes"
    assert not any(mail.attachments for mail in mails.values())


async def test_a_repeat_of_the_mail_is_the_same_mail_also_after_a_refund(shop: Shop) -> None:
    order_id = await _sold(shop)
    await shop.service.settle()
    first, *_ = shop.peers.requests("SendNotification")
    await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"amount": "3.00", "reason": "stale"}, headers=shop.admin
    )
    await shop.service.settle()

    async with shop.use_cases() as orders:
        await orders.announce(UUID(order_id), USER, "paid")

    *_, again = shop.peers.requests("SendNotification")
    assert again.SerializeToString(deterministic=True) == first.SerializeToString(deterministic=True)


async def test_a_text_in_latin_letters_needs_no_font_of_ours(shop: Shop) -> None:
    order_id = await shop.paid()

    response = await shop.http.get(
        f"/api/orders/{order_id}/receipt", params={"format": "pdf"}, headers=shop.customer
    )

    assert (b"Helvetica" in response.content, b"Roboto" in response.content) == (True, False)


async def test_a_receipt_shows_what_was_given_back(shop: Shop) -> None:
    order_id = await _sold(shop)
    await shop.http.post(
        f"/api/orders/{order_id}/refunds", json={"amount": "3.00", "reason": "secret"}, headers=shop.admin
    )

    text = (await shop.http.get(f"/api/orders/{order_id}/receipt", headers=shop.customer)).text

    assert "-3.00" in text
    assert "secret" not in text


async def test_a_cancelled_order_that_was_paid_has_a_receipt_and_an_unpaid_one_has_none(shop: Shop) -> None:
    paid, unpaid, pending = await _sold(shop), await shop.intent(), await shop.intent()
    for order_id in (paid, unpaid):
        await shop.cancel(order_id, shop.customer)

    answers = [
        await shop.http.get(f"/api/orders/{order_id}/receipt", headers=shop.customer)
        for order_id in (paid, unpaid, pending)
    ]

    assert [answer.status_code for answer in answers] == [200, 409, 409]
    assert {problem(answer)["code"] for answer in answers[1:]} == {"ORDER_NOT_PAID"}


async def test_a_stranger_reads_no_receipt_and_a_wrong_form_is_named(shop: Shop) -> None:
    path = f"/api/orders/{await _sold(shop)}/receipt"

    assert (await shop.http.get(path, headers=shop.stranger)).status_code == 403
    assert (await shop.http.get(path)).status_code == 401
    wrong = await shop.http.get(path, params={"format": "docx"}, headers=shop.customer)
    assert (wrong.status_code, problem(wrong)["errors"][0]["field"]) == (400, "format")
