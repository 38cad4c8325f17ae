"""Every secret that the flows of an account make is searched in all that is kept, in two real services."""

import logging

import jwt
import pytest

from tests.services.user.conftest import MAIL, NEW_PASSWORD, OTHER_PASSWORD, House


async def test_no_secret_of_an_account_is_kept_in_clear_anywhere(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk, key = house.desk, {"idempotency-key": "the same for all"}

    user_id = await desk.user(MAIL, key="signed up")
    house.note((await desk.log_in(MAIL, **key)).json())
    grant = house.note((await desk.log_in(MAIL, **key)).json())
    await desk.log_in(MAIL, "wrong password", **key)
    house.secrets.add("wrong password")
    refreshed = house.note((await desk.refresh(grant["refresh_token"], **key)).json())
    house.note((await desk.refresh(grant["refresh_token"], **key)).json())
    assert house.note((await desk.refresh(refreshed["refresh_token"])).json())["session_id"]
    await desk.http.post("/api/auth/password-reset", json={"email": MAIL}, headers=key)
    await house.settle()
    [link] = house.mailed_links()
    house.secrets.add(link)
    wrong = await desk.http.post(
        "/api/auth/password-reset/confirm", json={"token": link, "new_password": "short"}, headers=key
    )
    assert (wrong.status_code, link in wrong.text) == (400, False)
    assert await house.places() == []
    assert await desk.confirm_reset(link) == 204
    changed = await desk.change_password(user_id, NEW_PASSWORD, OTHER_PASSWORD)
    assert changed.status_code == 204
    last = house.note((await desk.log_in(MAIL, OTHER_PASSWORD)).json())
    logout = {"refresh_token": last["refresh_token"]}
    assert (await desk.http.post("/api/auth/logout", json=logout, headers=key)).status_code == 204
    await house.settle()

    assert await house.places() == []
    logged = [
        each.getMessage() for each in caplog.records if each.name not in ("mail.log", "httpcore.http11")
    ]
    assert not [each for each in logged for secret in house.secrets if secret and secret in each]
    for each in ("/api/notifications", "/api/ops/notification/held-jobs"):
        shown = await house.notification.http.get(each, headers=desk.admin)
        assert not [secret for secret in house.secrets if secret and secret in shown.text]


async def test_the_search_finds_what_is_kept(house: House) -> None:
    token = jwt.encode({"sub": "x"}, "k" * 32, algorithm="HS256")
    house.secrets = {token}
    user_id = await house.desk.user(MAIL)
    assert await house.places() == []

    await house.desk.database.execute(
        "UPDATE users SET preferences = $1 WHERE id = $2", {"theme": token}, user_id
    )
    assert await house.places() == ["public.users"]
    await house.desk.database.execute("UPDATE users SET preferences = '{}'")
    await house.desk.database.execute(
        "INSERT INTO attempts (key, tries, started_at) VALUES ($1, 1, now())", token.encode()
    )
    assert await house.places() == ["public.attempts"]
