"""What people write about themselves, and what of it is mailed to an address that nobody confirmed."""

from typing import Any

import pytest

from tests.services.user.conftest import ADDRESS, MAIL, Desk, House
from tests.support import problem

WORDS = "Congratulations dear winner"
NO_NAMES = [
    "Ada\nYou have won",
    "Ada\r\nBcc: eve@example.org",
    "Ada\x1b[31m",
    "\u202eada",
    "A\u2066d\u2069a",
    "A\u200bda",
    "\u3164",
    "win at http://evil.example",
    "evil.com",
    "ada@example.com",
    " ",
]


@pytest.mark.parametrize("name", NO_NAMES)
async def test_who_signs_up_has_a_name_or_no_account(desk: Desk, name: str) -> None:
    refused = await desk.sign_up(MAIL, display_name=name)

    assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, "display_name")
    assert await desk.count("users") == 0
    await desk.service.settle()
    assert desk.peers.requests("SendNotification") == []


async def test_a_user_takes_no_other_name_than_a_name(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    before = await desk.row(user_id)

    for body in (
        {"display_name": "evil.com", "phone": "+4915112345678"},
        {"display_name": "Ada", "preferences": {"motto": "carpe\x00diem"}},
        {"display_name": "Ada", "preferences": {"a\u202eb": "x"}},
    ):
        refused = await desk.http.put(f"/api/users/{user_id}", json=body, headers=desk.auth(user_id))
        field = "preferences" if "preferences" in body else "display_name"
        assert refused.status_code == 400
        assert problem(refused)["errors"][0]["field"].split(".")[0] == field

    assert await desk.row(user_id) == before


async def test_a_name_is_stored_in_one_form(desk: Desk) -> None:
    response = await desk.sign_up(display_name="  Zoe\u0308 \U0001f469\u200d\U0001f373 ")

    assert response.json()["display_name"] == "Zo\u00eb \U0001f469\u200d\U0001f373"


@pytest.mark.parametrize("field", ["line1", "line2", "city", "state", "postal_code"])
async def test_a_part_of_an_address_is_one_line(desk: Desk, field: str) -> None:
    user_id = await desk.user()
    path = f"/api/users/{user_id}/addresses"

    for text in ("a\nb", "a\tb", "a\u202eb", "a\x1bb"):
        refused = await desk.http.post(path, json={**ADDRESS, field: text}, headers=desk.auth(user_id))
        assert (refused.status_code, problem(refused)["errors"][0]["field"]) == (400, field)

    assert await desk.count("addresses") == 0


@pytest.mark.parametrize("template", ["user_welcome", "password_reset"])
async def test_a_stranger_is_mailed_nothing_that_somebody_typed_in(house: House, template: str) -> None:
    admin = house.desk.admin
    # Even a template that asks for a name has none to show.
    texts: dict[str, Any] = {"subject": "Hello {{ name }}", "body": "Hello {{ name }}\n{{ url }}"}
    edited = await house.notification.http.put(f"/api/templates/{template}", json=texts, headers=admin)
    assert edited.status_code == 200

    await house.desk.user(MAIL, display_name=WORDS, phone="+4915112345678")
    await house.settle()
    await house.desk.http.post("/api/auth/password-reset", json={"email": MAIL})
    await house.settle()

    assert [to for to, _ in house.mail.messages] == [[MAIL], [MAIL]]
    for _, message in house.mail.messages:
        written = f"{message.items()} {message.get_content()}"
        assert not [word for word in (*WORDS.split(), "15112345678") if word in written]
