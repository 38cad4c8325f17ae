"""What callers have mailed: texts without hidden characters, and no name to an address nobody confirmed."""

from typing import Any

import grpc
import pytest

from tests.services.notification.conftest import Desk
from tests.support import problem, rpc_error

TEXTS = {"subject": "Paid", "body": "Hello {{ name }}", "html": "<b>{{ name }}</b>"}


@pytest.mark.parametrize("template", ["user_welcome", "password_reset"])
async def test_the_first_mails_greet_nobody_by_name(desk: Desk, template: str) -> None:
    await desk.send(template, data={"name": "Congratulations", "url": "http://127.0.0.1/#token=x"})
    await desk.service.settle()

    [(_, message)] = desk.mail.messages
    assert message.get_content().startswith("Hello,")
    assert "Congratulations" not in message.as_string()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"subject": "Hi\nBcc: eve@example.org"}, "subject"),
        ({"subject": "\u202ePaid"}, "subject"),
        ({"data": {"name": "A\u202eda"}}, "template_data.name"),
        ({"data": {"na\u200bme": "Ada"}}, "template_data"),
        ({"reference_type": "or\x07der"}, "reference_type"),
        ({"reference_id": "4\u20282"}, "reference_id"),
    ],
)
async def test_hidden_characters_are_sent_to_nobody(desk: Desk, fields: dict[str, Any], named: str) -> None:
    refused = await rpc_error(desk.send(**fields))
    body = {"template_data" if name == "data" else name: value for name, value in fields.items()}
    answer = await desk.post(
        "/api/notifications", user_id=desk.user_id, channel="EMAIL", template_id="order_paid", **body
    )

    assert (refused.status, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [named])
    assert (answer.status_code, problem(answer)["errors"][0]["field"]) == (400, named)
    await desk.service.settle()
    assert (desk.mail.messages, await desk.count()) == ([], 0)


@pytest.mark.parametrize(
    ("field", "text"), [("subject", "two\nlines"), ("body", "a\x1bb"), ("html", "<b>\u2066</b>")]
)
async def test_a_template_has_no_hidden_characters(desk: Desk, field: str, text: str) -> None:
    before = (await desk.http.get("/api/templates/order_paid", headers=desk.admin)).json()

    refused = await desk.http.put(
        "/api/templates/order_paid", json={**TEXTS, field: text}, headers=desk.admin
    )

    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, field)
    assert (await desk.http.get("/api/templates/order_paid", headers=desk.admin)).json() == before
    preview = await desk.post("/api/templates/order_paid/preview", data={"name": "\u202ex"})
    assert (preview.status_code, problem(preview)["errors"][0]["field"]) == (400, "data.name")
