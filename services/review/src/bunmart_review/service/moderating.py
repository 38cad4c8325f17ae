"""Flags of users, decisions of moderators, and their log."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import Page, page_of

from bunmart_review import domain, queries
from bunmart_review.domain import ModerationAction, ModerationLog, Review, ReviewFlag
from bunmart_review.service.base import UseCases, locked, notice, store


class Decision(NamedTuple):
    """A review after a decision, and the entry in the log."""

    review: Review
    log: ModerationLog


class Moderating(UseCases):
    """What keeps reviews decent."""

    async def flag(self, review_id: UUID, user_id: UUID) -> None:
        """Count a user's complaint, once; from ``hide_after_flags`` users on the review is hidden."""
        now = datetime.now(UTC)
        async with self.database.transaction() as unit:
            review = await locked(unit, review_id)
            if not await queries.ADD_FLAG.add(unit, ReviewFlag(review_id, user_id, now)):
                return
            after = domain.flagged(review, hide_after=self.settings.hide_after_flags, now=now)
            await store(unit, review, after)

    async def moderate(
        self, review_id: UUID, action: ModerationAction, *, note: str, moderator_id: UUID
    ) -> Decision:
        """Publish or remove a review, or only note something; the author is told when the status changes."""
        now = datetime.now(UTC)
        log = ModerationLog(new_id(), review_id, moderator_id, action, note, now)
        async with self.database.transaction() as unit:
            review = await locked(unit, review_id)
            after = domain.moderated(review, action, now)
            if after != review:
                await store(unit, review, after)
            await queries.ADD_LOG.add(unit, log)
            if after.status is not review.status:
                job = notice(after, "review_moderated", status=after.status, note=note)
                unit.enqueue(job, dedupe_key=str(log.id))
        return Decision(after, log)

    async def log(self, log_id: UUID) -> ModerationLog:
        """One entry (NOT_FOUND)."""
        return _found_log(await queries.LOG.first(self.database, id=log_id), log_id)

    async def logs(self, *, review_id: UUID | None, size: int, after: UUID | None) -> Page[ModerationLog]:
        """Entries of a review, or all, newest first."""
        query = queries.LOG_PAGES[review_id is not None, after is not None]
        rows = await query.all(self.database, review_id=review_id, after=after, limit=size + 1)
        return page_of(rows, size, lambda log: log.id)

    async def change_note(self, log_id: UUID, note: str) -> ModerationLog:
        """Change the note of an entry; what was done stays (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            return _found_log(await queries.CHANGE_NOTE.first(unit, log_id=log_id, note=note), log_id)

    async def remove_log(self, log_id: UUID) -> None:
        """Delete an entry (NOT_FOUND)."""
        async with self.database.transaction() as unit:
            if not await queries.REMOVE_LOG.run(unit, id=log_id):
                raise _no_log(log_id)


def _found_log(log: ModerationLog | None, log_id: UUID) -> ModerationLog:
    if log is None:
        raise _no_log(log_id)
    return log


def _no_log(log_id: UUID) -> NotFoundError:
    return NotFoundError(f"No moderation log {log_id}.", code="MODERATION_LOG_NOT_FOUND")
