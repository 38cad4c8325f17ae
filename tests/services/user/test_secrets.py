"""Every secret that the flows of an account make is searched in all that is kept, in two real services."""

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.services.notification.conftest import MailServer
from tests.services.user.conftest import MAIL, NEW_PASSWORD, PASSWORD, Desk, write_key
from tests.support import FakePeers, ServiceHarness, StartService, Tokens
from tests.support.ports import free_ports
from tests.support.secrets import places_of

OTHER_PASSWORD = "staple the horse"
_LINK = re.compile(r"#token=([\w-]+)")


class House:
    """A user service and a notification service that call each other, and the mail server behind them."""

    def __init__(self, desk: Desk, notification: ServiceHarness, mail: MailServer) -> None:
        self.desk = desk
        self.notification = notification
        self.mail = mail
        self.secrets: set[str] = {PASSWORD, NEW_PASSWORD, OTHER_PASSWORD}

    async def settle(self) -> None:
        """Wait until all jobs of both are done."""
        await self.desk.service.settle()
        await self.notification.settle()

    def note(self, grant: dict[str, Any]) -> dict[str, Any]:
        """Remember the tokens that somebody got."""
        self.secrets |= {grant["access_token"], grant["refresh_token"], grant["device_token"] or ""}
        return grant

    def mailed_links(self) -> list[str]:
        """The tokens of the links that were mailed, oldest first."""
        return [token for _, mail in self.mail.messages for token in _LINK.findall(mail.get_content())]

    async def places(self) -> list[str]:
        """Every table of both databases that holds a secret."""
        databases = self.desk.database, self.notification.database
        return [name for each in databases for name in await places_of(each, self.secrets)]


@pytest.fixture
async def house(
    start_service: StartService, peers: FakePeers, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[House]:
    """Both services, running."""
    mail = MailServer()
    await mail.start()
    write_key(tokens, tmp_path / "keys")
    [port] = free_ports(1)
    notification = await start_service("notification", peer_target=f"127.0.0.1:{port}", smtp_port=mail.port)
    target = f"127.0.0.1:{notification.service.grpc_port}"
    user = await start_service("user", jwt_signing_keys=tmp_path / "keys", grpc_port=port, peer_target=target)
    yield House(Desk(user, peers, tokens), notification, mail)
    await notification.stop()
    await mail.stop()


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
