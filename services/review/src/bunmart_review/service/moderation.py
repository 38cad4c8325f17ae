"""Moderation: flags of users, decisions of moderators, and the log of those decisions."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.storage import UnitOfWork

from bunmart_review import domain, queries
from bunmart_review.domain import ModerationAction, ModerationLog, Review, ReviewFlag
from bunmart_review.service.base import UseCases, author_notice, lock_review, store_review


class Decision(NamedTuple):
    """A review after a decision, and the entry in the log."""

    review: Review
    log: ModerationLog


class Moderation(UseCases):
    """Flag and moderate reviews, and maintain the log."""

    async def flag_review(self, unit: UnitOfWork, review_id: UUID, user_id: UUID) -> None:
        """Count a user's complaint, once; from ``hide_after_flags`` users on the review is hidden.

        Raises:
            NotFoundError: There is no such review (REVIEW_NOT_FOUND).
        """
        now = datetime.now(UTC)
        review = await lock_review(unit, review_id)
        if not await queries.ADD_FLAG.add(unit, ReviewFlag(review_id, user_id, now)):
            return
        after = domain.flagged(review, hide_after=self.settings.hide_after_flags, now=now)
        await store_review(unit, review, after)

    async def moderate_review(
        self, unit: UnitOfWork, review_id: UUID, action: ModerationAction, *, note: str, moderator_id: UUID
    ) -> Decision:
        """Publish or remove a review, or only note something; the author is told when the status changes.

        Raises:
            NotFoundError: There is no such review (REVIEW_NOT_FOUND).
        """
        now = datetime.now(UTC)
        review = await lock_review(unit, review_id)
        after = domain.moderated(review, action, now)
        if after != review:
            await store_review(unit, review, after)
        log = ModerationLog(new_id(), review_id, moderator_id, action, note, now)
        await queries.ADD_LOG.add(unit, log)
        if after.status is not review.status:
            job = author_notice(after, "review_moderated", status=after.status, note=note)
            unit.enqueue(job, dedupe_key=str(log.id))
        return Decision(after, log)

    async def change_log_note(self, unit: UnitOfWork, log_id: UUID, note: str) -> ModerationLog:
        """Change the note of a log entry; the recorded action stays.

        Raises:
            NotFoundError: There is no such entry (MODERATION_LOG_NOT_FOUND).
        """
        log = await queries.CHANGE_NOTE.first(unit, log_id=log_id, note=note)
        return require_found(log, "moderation log", log_id)

    async def delete_log(self, unit: UnitOfWork, log_id: UUID) -> None:
        """Delete a log entry; the review keeps its status.

        Raises:
            NotFoundError: There is no such entry (MODERATION_LOG_NOT_FOUND).
        """
        require_found(await queries.REMOVE_LOG.first(unit, id=log_id), "moderation log", log_id)
