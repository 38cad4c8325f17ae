"""Templates: added, changed, rendered in their sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from bunmart_notification.domain import Template
from bunmart_notification.renderer import Renderer
from jinja2 import Environment

from tests.services.notification.conftest import Desk
from tests.support import problem, read_pages, rpc_error

ALL_TEMPLATES = {
    "cart_abandoned",
    "order_cancelled",
    "order_completed",
    "order_credit_note",
    "order_packed",
    "order_paid",
    "order_prepared",
    "order_production",
    "order_shipped",
    "order_shipping",
    "password_reset",
    "payment_expired",
    "payment_failed",
    "payment_refunded",
    "payment_succeeded",
    "production_completed",
    "review_moderated",
    "review_published",
    "shipment_delivered",
    "shipment_failed",
    "shipment_out_for_delivery",
    "shipment_tracking",
    "user_welcome",
}


async def test_every_default_template_renders_with_and_without_data(desk: Desk) -> None:
    templates = await read_pages(desk.http, "/api/templates", headers=desk.admin, size=7)

    assert [template["template_id"] for template in templates] == sorted(ALL_TEMPLATES)
    names = (
        "name order_id amount currency tracking_number carrier url status note item_count order_number reason "
        "items total"
    )
    full = {name: f"<{name}>" for name in names.split()}
    for template_id in ALL_TEMPLATES:
        for data in ({}, full):
            preview = await desk.post(f"/api/templates/{template_id}/preview", data=data)
            assert preview.status_code == 200
            assert "{" not in preview.json()["body"]
            assert preview.json()["subject"]


async def test_a_changed_template_is_used_at_once(desk: Desk) -> None:
    await desk.send(channel="IN_APP")
    path = "/api/templates/order_paid"
    texts = {"subject": "Paid: {{ order_id }}", "body": "Hi {{ name }}", "html": "<b>{{ name }}</b>"}

    changed = await desk.http.put(path, json=texts, headers=desk.admin)

    assert changed.json()["subject"] == "Paid: {{ order_id }}"
    await desk.send(data={"name": "<script>", "order_id": "7"})
    await desk.service.settle()
    [(_, message)] = desk.mail.messages
    assert message["Subject"] == "Paid: 7"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Hi <script>"
    assert html.get_content().strip() == "<b>&lt;script&gt;</b>"


async def test_templates_are_added_and_deleted(desk: Desk) -> None:
    new = {"template_id": "spring_sale", "subject": "Sale", "body": "{{ a.b.c }}Now!"}
    assert (await desk.post("/api/templates", **new)).status_code == 201
    again = await desk.post("/api/templates", **new)
    assert (again.status_code, problem(again)["code"]) == (409, "TEMPLATE_EXISTS")
    assert problem(again)["errors"][0]["field"] == "template_id"
    assert (await desk.send("spring_sale", "IN_APP")).status == "SENT"

    assert (await desk.http.delete("/api/templates/spring_sale", headers=desk.admin)).status_code == 204

    error = await rpc_error(desk.send("spring_sale", key="k"))
    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "TEMPLATE_NOT_FOUND")
    assert (await desk.count("pgqueuer"), await desk.count("idempotency_keys")) == (0, 0)
    missing = await desk.http.get("/api/templates/spring_sale", headers=desk.admin)
    assert problem(missing)["code"] == "TEMPLATE_NOT_FOUND"
    assert await desk.count() == 1


async def test_a_template_that_cannot_be_rendered_is_a_failed_notification(desk: Desk) -> None:
    body = "{% if amount == 'many' %}{{ amount / 2 }}{% endif %}"
    await desk.post("/api/templates", template_id="odd", subject="x", body=body)

    answer = await desk.send("odd", data={"amount": "many"})

    assert answer.status == "FAILED"
    shown = await desk.shown(answer.notification_id)
    assert "TypeError" in shown["error"]
    retry = await desk.post(f"/api/notifications/{answer.notification_id}/retry")
    assert problem(retry)["code"] == "NOTIFICATION_NOT_RETRYABLE"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("body", "{{ total * 2 }}"),
        ("body", "{{ total - 1 }}"),
        ("subject", "{{ total.amount() }}"),
        ("html", "{{ total.upper(1) }}"),
    ],
)
async def test_a_template_that_no_mail_could_be_made_of_is_refused(desk: Desk, field: str, text: str) -> None:
    path = "/api/templates/order_paid"
    before = (await desk.http.get(path, headers=desk.admin)).json()
    texts = {"subject": "Paid", "body": "{{ total }}", field: text}

    changed = await desk.http.put(path, json=texts, headers=desk.admin)
    added = await desk.post("/api/templates", template_id="odd", **texts)

    for refused in (changed, added):
        assert refused.status_code == 400
        assert [error["field"] for error in problem(refused)["errors"]] == [field]
    assert (await desk.http.get(path, headers=desk.admin)).json() == before
    assert (await desk.http.get("/api/templates/odd", headers=desk.admin)).status_code == 404


async def test_templates_stay_in_their_sandbox(desk: Desk) -> None:
    for body in (
        "{{ ''.__class__.__mro__ }}",
        "{{ 'x' * 10**9 }}",
        "{% for i in range(10**9) %}x{% endfor %}",
    ):
        await desk.http.delete("/api/templates/evil", headers=desk.admin)
        created = await desk.post("/api/templates", template_id="evil", subject="x", body=body)
        if created.status_code == 400:
            assert [error["field"] for error in problem(created)["errors"]] == ["body"]
            continue
        preview = await desk.post("/api/templates/evil/preview", data={})
        assert preview.status_code == 400 or preview.json()["body"] == ""


def test_a_template_is_compiled_once_per_version(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_text, compiled = Environment.from_string, []

    def from_string(self: Environment, source: str) -> Any:
        compiled.append(source)
        return compile_text(self, source)

    monkeypatch.setattr(Environment, "from_string", from_string)
    renderer, now = Renderer(), datetime(2030, 1, 1, tzinfo=UTC)
    first = Template("t", "s", "{{ a }}", None, False, now)
    second = Template("t", "s", "b", None, False, now + timedelta(seconds=1))

    texts = [renderer.render(first, {"a": value}).body for value in "12"]

    assert (texts, compiled) == (["1", "2"], ["s", "{{ a }}"])
    assert renderer.render(second, {}).body == "b"
    assert compiled == ["s", "{{ a }}", "s", "b"]
