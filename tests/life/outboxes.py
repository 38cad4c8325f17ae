"""The outboxes of all services and Stripe's webhooks in the hands of a test: held back, let go, run again.

A trigger puts off what is written while the outbox holds, and keeps a copy of every job that is due at
once, so that it can be run again.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import asyncpg
from bunmart_chassis.storage import Database

from tests.support.outbox import FAILURES, WAKE, HeldJobError, OutboxBusyError, failures_text
from tests.support.stripe import Provider

SETTLE_SECONDS = 60.0
PAUSE_SECONDS = 0.005
"""Between two looks at an outbox that is busy."""
_FAR = "100 years"
_INSTALL = f"""
CREATE TABLE life_mode (holding boolean NOT NULL, twice boolean NOT NULL);
INSERT INTO life_mode VALUES (false, false);
CREATE TABLE life_jobs (id bigint PRIMARY KEY, entrypoint text, payload bytea, headers jsonb);
CREATE FUNCTION life_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.execute_after <= now() + interval '1 second' AND (SELECT holding FROM life_mode) THEN
        NEW.execute_after := NEW.execute_after + interval '{_FAR}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER life_hold BEFORE INSERT ON pgqueuer FOR EACH ROW EXECUTE FUNCTION life_hold();
CREATE FUNCTION life_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.execute_after <= now() + interval '1 second' OR NEW.execute_after > now() + interval '50 years' THEN
        INSERT INTO life_jobs VALUES (NEW.id, NEW.entrypoint, NEW.payload, NEW.headers);
        IF pg_trigger_depth() = 1 AND (SELECT twice FROM life_mode) THEN
            INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers, execute_after)
            VALUES (0, 'queued', NEW.entrypoint, NEW.payload, NEW.headers, NEW.execute_after);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER life_keep AFTER INSERT ON pgqueuer FOR EACH ROW EXECUTE FUNCTION life_keep();
"""
_HELD = f"execute_after > now() + interval '{_FAR}' / 2"
_LOOK = f"""
SELECT count(*) FILTER (WHERE execute_after <= now()) AS due, count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE execute_after > now() AND (attempts > 0 OR {_HELD})) AS later,
    (SELECT last_value FROM pgqueuer_id_seq) AS last
FROM pgqueuer WHERE status IN ('queued', 'picked', 'failed')
"""
_RELEASE = f"""
UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued'
AND ({_HELD} OR (attempts > 0 AND execute_after > now()))
"""
_RELEASE_ONE = "UPDATE pgqueuer SET execute_after = now() WHERE id = $1"
_HELD_JOBS = f"SELECT id, entrypoint FROM pgqueuer WHERE status = 'queued' AND {_HELD} ORDER BY id"
_DELAYED = f"""
UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued' AND execute_after > now() AND NOT {_HELD}
AND entrypoint = $1 AND encode(payload, 'escape') LIKE '%' || $2 || '%'
"""
_PAST = "SELECT id, entrypoint FROM life_jobs WHERE entrypoint <> 'Deliver' ORDER BY id"
_AGAIN = """
INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers)
SELECT 0, 'queued', entrypoint, payload, headers FROM life_jobs WHERE id = $1
"""


class Job(NamedTuple):
    """A job of a service."""

    service: str
    id: int
    name: str


class Outboxes:
    """The jobs of all services, and the webhooks on their way.

    Args:
        databases: By the name of the service; those without an outbox are left out.
        provider: Sends the webhooks.
    """

    def __init__(self, databases: Mapping[str, Database], provider: Provider) -> None:
        self._databases = {
            name: each for name, each in databases.items() if name not in ("user", "product", "pricing")
        }
        self._emulator = provider.emulator
        self.holding = False
        self._seen: dict[str, int | None] = {}

    async def _each(self, method: str, statement: str, *values: object) -> dict[str, Any]:
        answers = await asyncio.gather(
            *(getattr(each, method)(statement, *values) for each in self._databases.values())
        )
        return dict(zip(self._databases, answers, strict=True))

    async def install(self) -> None:
        """Write the triggers, and hold back all webhooks from now on."""
        for each in self._databases.values():
            await each.execute(_INSTALL)
        self._emulator.faults.faults.webhook_delay_seconds = 1e9

    async def clear(self) -> None:
        """Forget all jobs and webhooks of an earlier story."""
        await self.hold(holding=False)
        await self.double(twice=False)
        await self._each("execute", "DELETE FROM pgqueuer")
        await self._each("execute", "DELETE FROM life_jobs")
        self._sql("DELETE FROM deliveries")

    async def hold(self, *, holding: bool) -> None:
        """Hold back what is written from now on, or let it run at once. What is held stays held."""
        if holding is not self.holding:
            await self._each("execute", "UPDATE life_mode SET holding = $1", holding)
            self.holding = holding

    async def double(self, *, twice: bool) -> None:
        """Run every job and deliver every webhook twice from now on, or once."""
        await self._each("execute", "UPDATE life_mode SET twice = $1", twice)
        self._emulator.faults.faults.webhook_duplicates = int(twice)

    async def held(self) -> list[Job]:
        """List the jobs that are held back."""
        found = await self._each("fetch", _HELD_JOBS)
        return [Job(name, row["id"], row["entrypoint"]) for name, rows in found.items() for row in rows]

    async def release(self, job: Job) -> None:
        """Run one held job, and wait until it has run; what it writes is held in turn."""
        await self._run(job.service, _RELEASE_ONE, job.id)
        await self._rest(release=False)

    async def make_due(self, service: str, name: str, about: str) -> None:
        """Make delayed jobs due that have a text, such as an id, in their payload, and wait until they have run."""
        await self._run(service, _DELAYED, name, about)
        await self._rest(release=False)

    async def past(self) -> list[Job]:
        """List the jobs that were ever written, but for mails on their way and those that are meant for later."""
        found = await self._each("fetch", _PAST)
        return [Job(name, row["id"], row["entrypoint"]) for name, rows in found.items() for row in rows]

    async def repeat(self, job: Job) -> None:
        """Run a job again that ran before, as after the death of its worker, and wait until it has run."""
        holding = self.holding
        await self.hold(holding=False)
        await self._databases[job.service].execute(_AGAIN, job.id)
        await self.hold(holding=holding)
        await self._rest(release=False)

    def webhooks(self) -> list[int]:
        """List the deliveries that are held back."""
        return [row[0] for row in self._sql("SELECT seq FROM deliveries ORDER BY seq")]

    async def deliver(self, seq: int) -> None:
        """Deliver one webhook, and wait until it is acknowledged."""
        self._sql("UPDATE deliveries SET due = 0 WHERE seq = ?", seq)
        await self._rest(release=False)

    async def deliver_again(self, pick: int) -> None:
        """Deliver the webhook of an event that happened before once more."""
        events = self._sql("SELECT id FROM objects WHERE kind = 'event' ORDER BY seq DESC LIMIT 20")
        if events:
            row = (events[pick % len(events)][0], "we_environment", time.time())
            self._sql(
                "INSERT INTO deliveries (event, endpoint, attempts, created, due) VALUES (?, ?, 0, ?, 0)",
                *row,
            )
            await self._rest(release=False)

    async def settle(self) -> None:
        """Let go all that is held back, and wait until nothing happens any more.

        Raises:
            HeldJobError: A job failed for good.
            OutboxBusyError: It did not come to rest.
        """
        await self.hold(holding=False)
        await self._rest(release=True)

    async def _run(self, service: str, statement: str, *values: object) -> None:
        await self._databases[service].execute(statement, *values)
        await self._databases[service].execute(WAKE)

    def _sql(self, statement: str, *values: object) -> list[Any]:
        found = self._emulator.store.connection.execute(statement, values).fetchall()
        self._emulator.queue.changed.set()
        return found

    async def _rest(self, *, release: bool) -> None:
        """Wait until no job and no webhook is due.

        Two looks alike are needed: a job that ended between them may have written one where the first look had
        been before. Between them only those outboxes are looked at that were busy.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        suspects = set(self._databases)
        while True:
            if release:
                self._sql("UPDATE deliveries SET due = 0 WHERE due > 0")
            delivered = not self._sql("SELECT seq FROM deliveries WHERE due <= ?", time.time())
            looks = await self._look(suspects, release=release)
            suspects = {name for name, last in looks.items() if last is None}
            if not suspects and delivered:
                if len(looks) == len(self._databases) and looks == self._seen:
                    return
                if len(looks) == len(self._databases):
                    self._seen = looks
                suspects = set(self._databases)
                continue
            if time.monotonic() > deadline:
                failing = await self._each("fetch", FAILURES, False)
                text = "\n".join(failures_text(each) for each in failing.values() if each)
                raise OutboxBusyError(text or "webhooks or jobs are still due")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self, names: set[str], *, release: bool) -> dict[str, int | None]:
        """Return the last number of each outbox, None for one in which a job is due."""
        rows = await asyncio.gather(*(self._databases[name].fetchrow(_LOOK) for name in names))
        return {
            name: await self._read(name, row, release=release)
            for name, row in zip(names, rows, strict=True)
            if row
        }

    async def _read(self, name: str, row: asyncpg.Record, *, release: bool) -> int | None:
        if row["failed"]:
            raise HeldJobError(failures_text(await self._databases[name].fetch(FAILURES, True)))
        if release and row["later"]:
            await self._run(name, _RELEASE)
            return None
        return None if row["due"] else int(row["last"])
