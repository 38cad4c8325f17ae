"""What the release before writes while both run, and what it left: everything goes on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from bunmart.user.v1.user_pb2 import CheckAccessRequest
from bunmart_chassis.migrations import Migrations
from bunmart_user.opaque_tokens import new_token
from bunmart_user.outbox import SendPasswordReset
from bunmart_user.service import Users

from tests.services.user.conftest import MAIL, NEW_PASSWORD, Desk
from tests.support import Databases

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)


async def add_token(desk: Desk, user_id: Any) -> str:
    """Store a refresh token as the release before does: of a family, without a session."""
    token, hashed = new_token()
    await desk.database.execute(
        "INSERT INTO refresh_tokens (id, family, user_id, hash, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        uuid4(),
        uuid4(),
        user_id,
        hashed,
        NOW,
        LATER,
    )
    return token


async def test_a_refresh_token_without_a_session_gets_one(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    token = await add_token(desk, user_id)

    grant = (await desk.refresh(token)).json()

    [row] = await desk.database.fetch("SELECT id, ended_at FROM sessions")
    assert (str(row["id"]), row["ended_at"]) == (grant["session_id"], None)
    assert (await desk.refresh(token)).json()["refresh_token"] == grant["refresh_token"]
    assert (await desk.refresh(grant["refresh_token"])).status_code == 200


@pytest.mark.parametrize("end", ["password", "deactivated", "signed out", "used by the release before"])
async def test_a_refresh_token_without_a_session_is_ended_like_others(desk: Desk, end: str) -> None:
    user_id = await desk.user(MAIL)
    token = await add_token(desk, user_id)

    if end == "password":
        await desk.change_password(user_id, "correct horse", NEW_PASSWORD)
    elif end == "deactivated":
        await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)
    elif end == "signed out":
        await desk.http.post("/api/auth/logout", json={"refresh_token": token})
    else:
        await desk.database.execute("UPDATE refresh_tokens SET used_at = now()")

    assert (await desk.refresh(token)).status_code == 401


async def test_what_the_release_before_ends_is_ended_here(desk: Desk) -> None:
    await desk.user(MAIL)
    session = await desk.session(MAIL)

    await desk.database.execute("UPDATE refresh_tokens SET revoked_at = now()")

    assert (await desk.refresh(session["refresh_token"])).status_code == 401


async def test_a_reset_and_a_job_without_a_version_go_on(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    token, hashed = new_token()
    await desk.database.execute(
        "INSERT INTO password_resets (user_id, hash, expires_at) VALUES ($1, $2, $3)", user_id, hashed, LATER
    )
    assert await desk.confirm_reset(token) == 204

    users = desk.service.use_cases(Users)
    await users.send_password_reset(SendPasswordReset(MAIL))
    assert await desk.confirm_reset(desk.reset_links()[-1], "yet another one") == 204


async def test_a_token_without_session_and_version_holds_while_its_account_is_active(desk: Desk) -> None:
    user_id = await desk.user(MAIL)
    request = CheckAccessRequest(user_id=str(user_id))
    assert (await desk.stub.CheckAccess(request)).active

    await desk.http.put(f"/api/users/{user_id}", json={"active": False}, headers=desk.admin)

    assert not (await desk.stub.CheckAccess(request)).active


async def test_the_migration_keeps_living_sessions_and_the_statements_of_the_release_before(
    databases: Databases,
) -> None:
    name = await databases.create_empty()
    url = databases.url(name)
    migrations = Migrations("bunmart_user", url)
    engine = migrations.engine()
    async with engine.begin() as begun:
        await begun.run_sync(lambda sync: command.upgrade(migrations.config(sync), "0001"))
    connection = await asyncpg.connect(url)
    try:
        user_id, living, ended = uuid4(), uuid4(), uuid4()
        add_user = (
            "INSERT INTO users (id, email, display_name, phone, roles, active, preferences, created_at, "
            "updated_at, version, password_hash) VALUES ($1, $2, 'A', '', '{customer}', true, '{}', now(), "
            "now(), 1, 'x')"
        )
        add = (
            "INSERT INTO refresh_tokens (id, family, user_id, hash, created_at, expires_at, used_at, revoked_at) "
            "VALUES ($1, $2, $3, $4, now(), $5, $6, $7)"
        )
        await connection.execute(add_user, user_id, "a@example.org")
        await connection.execute(add, uuid4(), living, user_id, b"1", LATER, NOW, None)
        await connection.execute(add, uuid4(), living, user_id, b"2", LATER, None, None)
        await connection.execute(add, uuid4(), ended, user_id, b"3", LATER, None, NOW)

        await migrations.upgrade()

        rows = await connection.fetch("SELECT id, ended_at FROM sessions")
        assert [(each["id"], each["ended_at"]) for each in rows] == [(living, None)]
        await connection.execute(add_user, uuid4(), "b@example.org")
        await connection.execute(add, uuid4(), uuid4(), user_id, b"4", LATER, None, None)
        versions = await connection.fetch("SELECT DISTINCT credentials_version FROM users")
        assert [each["credentials_version"] for each in versions] == [1]
    finally:
        await connection.close()
        await databases.drop(name)
