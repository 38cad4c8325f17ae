"""Callers who may not, and requests that are not accepted; a refusal changes nothing."""

from typing import Any
from uuid import uuid4

import grpc
from bunmart_chassis.errors import NotFoundError, UnavailableError

from tests.services.notification.conftest import Desk
from tests.support import problem, rpc_error

NOT_FOR_OTHERS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/api/notifications/{id}", None),
    ("POST", "/api/notifications/{id}/read", None),
    ("GET", "/api/notifications?user_id={user}", None),
    ("POST", "/api/notifications", {"user_id": "{user}", "channel": "IN_APP", "template_id": "order_paid"}),
    ("POST", "/api/notifications/{id}/retry", None),
    ("DELETE", "/api/notifications/{id}", None),
    ("POST", "/api/templates", {"template_id": "x", "subject": "x", "body": "x"}),
    ("GET", "/api/templates", None),
    ("GET", "/api/templates/order_paid", None),
    ("PUT", "/api/templates/order_paid", {"subject": "x", "body": "x"}),
    ("POST", "/api/templates/order_paid/preview", {"data": {}}),
    ("DELETE", "/api/templates/order_paid", None),
    ("POST", "/api/rules", {"channel": "SMS", "enabled": True}),
    ("GET", "/api/rules", None),
    ("GET", "/api/rules/{rule}", None),
    ("PUT", "/api/rules/{rule}", {"enabled": True}),
    ("DELETE", "/api/rules/{rule}", None),
]


async def test_others_see_and_change_nothing(desk: Desk) -> None:
    sent = await desk.send(channel="IN_APP")
    rule = (await desk.post("/api/rules", channel="SMS", enabled=False)).json()["rule_id"]
    tables = ("notifications", "templates", "rules", "pgqueuer")
    before = [await desk.database.fetch(f"SELECT * FROM {table}") for table in tables]

    for method, template, body in NOT_FOR_OTHERS:
        url = template.format(id=sent.notification_id, user=desk.user_id, rule=rule)
        for headers, status in ((desk.tokens.auth("kitchen"), 403), ({}, 401)):
            response = await desk.http.request(method, url, json=body, headers=headers)
            assert response.status_code == status, (method, url, response.text)

    assert [await desk.database.fetch(f"SELECT * FROM {table}") for table in tables] == before


async def test_bad_requests_over_grpc_are_refused_by_field(desk: Desk) -> None:
    bad: list[tuple[dict[str, Any], str]] = [
        ({"user_id": ""}, "user_id"),
        ({"user_id": "ada"}, "user_id"),
        ({"channel": ""}, "channel"),
        ({"channel": "email"}, "channel"),
        ({"template": ""}, "template_id"),
        ({"template": "x" * 65}, "template_id"),
        ({"template": "a\x00"}, "template_id"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "a\x00b"}, "subject"),
        ({"reference_type": "x" * 41}, "reference_type"),
        ({"reference_id": "x" * 101}, "reference_id"),
        ({"data": {str(n): "x" for n in range(51)}}, "template_data"),
        ({"data": {"": "x"}}, "template_data"),
        ({"data": {"a": "x" * 2001}}, "template_data.a"),
        ({"data": {"a": "\x00"}}, "template_data.a"),
    ]
    for fields, field in bad:
        error = await rpc_error(desk.send(**fields))
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field]), fields
    assert await desk.count() == 0


async def test_bad_requests_over_rest_are_refused_by_field(desk: Desk) -> None:
    good = {"user_id": desk.user_id, "channel": "IN_APP", "template_id": "order_paid"}
    template = {"template_id": "x", "subject": "x", "body": "x"}
    bad: list[tuple[str, dict[str, Any], str]] = [
        ("notifications", {**good, "channel": "FAX"}, "channel"),
        ("notifications", {**good, "user_id": "x"}, "user_id"),
        ("notifications", {**good, "template_data": {"a": 1}}, "template_data"),
        ("notifications", {**good, "template_data": []}, "template_data"),
        ("notifications", {**good, "subject": "x" * 201}, "subject"),
        ("notifications", {"channel": "SMS"}, "user_id"),
        ("notifications", {**good, "subject": "a\x00b"}, "subject"),
        ("notifications", {**good, "template_data": {"a": "\x00"}}, "template_data"),
        ("notifications", {**good, "reference_id": "\x00"}, "reference_id"),
        ("notifications", {**good, "template_id": "order_paid\n"}, "template_id"),
        ("templates", {**template, "template_id": "a/b"}, "template_id"),
        ("templates", {**template, "template_id": "x\n"}, "template_id"),
        ("templates", {**template, "subject": "a\x00b"}, "subject"),
        ("templates", {**template, "body": "a\x00b"}, "body"),
        ("templates", {**template, "html": "a\x00b"}, "html"),
        ("templates", {**template, "subject": ""}, "subject"),
        ("templates", {**template, "body": "{% if %}"}, "body"),
        ("templates", {**template, "html": "{{"}, "html"),
        ("templates", {**template, "body": "x" * 10_001}, "body"),
        ("rules", {"channel": "SMS"}, "enabled"),
        ("rules", {"channel": "SMS", "enabled": "yes"}, "enabled"),
        ("rules", {"channel": "SMS", "enabled": True, "x": 1}, "x"),
    ]
    for path, body, field in bad:
        refused = await desk.post(f"/api/{path}", **body)
        assert refused.status_code == 400, (body, refused.text)
        assert problem(refused)["errors"][0]["field"].startswith(field), refused.text
    for query in ("page_token=x", "page_size=-1", "user_id=x", "unread=perhaps", "status=LOST"):
        listed = await desk.http.get(f"/api/notifications?{query}", headers=desk.admin)
        assert listed.status_code == 400, query
    for method, path in (("GET", "notifications"), ("GET", "rules"), ("PUT", "rules")):
        missing = await desk.http.request(
            method,
            f"/api/{path}/{uuid4()}",
            headers=desk.admin,
            json={"enabled": True} if method == "PUT" else None,
        )
        assert missing.status_code == 404
    assert (await desk.count(), await desk.count("rules"), await desk.count("templates")) == (0, 0, 23)


async def test_an_admin_writes_to_users_only(desk: Desk) -> None:
    body = {"user_id": str(uuid4()), "channel": "EMAIL", "template_id": "order_paid"}
    desk.peers.fail("GetUser", NotFoundError("There is no such user.", code="USER_NOT_FOUND"))

    refused = await desk.post("/api/notifications", **body)

    assert refused.status_code == 400
    assert problem(refused)["errors"] == [{"field": "user_id", "message": "is not a user"}]
    assert [request.user_id for request in desk.peers.requests("GetUser")] == [body["user_id"]]
    assert (await desk.count(), await desk.count("pgqueuer")) == (0, 0)


async def test_an_admin_waits_while_users_cannot_be_asked(desk: Desk) -> None:
    body = {"user_id": desk.user_id, "channel": "IN_APP", "template_id": "order_paid"}
    headers = {**desk.admin, "Idempotency-Key": "once"}
    desk.peers.fail("GetUser", UnavailableError("Down."), times=1)

    first = await desk.http.post("/api/notifications", json=body, headers=headers)

    assert (first.status_code, await desk.count(), await desk.count("pgqueuer")) == (503, 0, 0)
    again = await desk.http.post("/api/notifications", json=body, headers=headers)
    assert (again.status_code, await desk.count()) == (201, 1)


async def test_messages_of_services_do_not_wait_for_the_user_service(desk: Desk) -> None:
    desk.peers.fail("GetUser", UnavailableError("Down."))

    assert (await desk.send(channel="IN_APP")).status == "SENT"

    assert desk.peers.calls("GetUser") == []
