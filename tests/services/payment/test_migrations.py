"""The schema follows the models, and what an earlier release has written stays true."""

from uuid import uuid4

import asyncpg
from alembic import command
from bunmart_chassis.migrations import Migrations

from tests.support import Databases

PAYMENT = (
    "INSERT INTO payments (id, order_id, user_id, amount, currency_code, order_name, metadata, status, "
    "refund_total, created_at, updated_at, checked_at, expires_at, charged_at) "
    "VALUES ($1, $1, $1, 20, 'EUR', '', '{}', 'SUCCEEDED', $2, now(), now(), now(), now(), now())"
)
REFUND = (
    "INSERT INTO refunds (id, payment_id, amount, reason, status, created_at, updated_at) "
    "VALUES (gen_random_uuid(), $1, $2, '', $3, now(), now())"
)
STANDING = (
    "SELECT amount::text, reason FROM refunds WHERE payment_id = $1 AND status <> 'FAILED' ORDER BY amount"
)


async def test_refunds_by_hand_that_were_only_in_the_sum_become_rows(databases: Databases) -> None:
    name = await databases.create_empty()
    migrations = Migrations("bunmart_payment", databases.url(name))
    engine = migrations.engine()
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrations.config(sync), "0001"))
    database = await asyncpg.connect(databases.url(name))
    by_hand, ours, untouched = uuid4(), uuid4(), uuid4()
    for payment_id, total in ((by_hand, 8), (ours, 3), (untouched, 0)):
        await database.execute(PAYMENT, payment_id, total)
    for payment_id, amount, status in (
        (by_hand, 3, "SUCCEEDED"),
        (by_hand, 9, "FAILED"),
        (ours, 3, "PENDING"),
    ):
        await database.execute(REFUND, payment_id, amount, status)

    await migrations.upgrade()

    found = [await database.fetch(STANDING, each) for each in (by_hand, ours, untouched)]
    assert [[tuple(row) for row in rows] for rows in found] == [
        [("3.00", ""), ("5.00", "refunded at Stripe")],
        [("3.00", "")],
        [],
    ]
    async with engine.connect() as connection:
        await connection.run_sync(migrations.check)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrations.config(sync), "0001"))
    await database.close()
    await engine.dispose()
    await databases.drop(name)
