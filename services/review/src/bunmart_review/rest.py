"""REST of the review service."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.errors import PermissionDeniedError
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put
from litestar.params import QueryParameter

from bunmart_review.domain import ModerationAction, ReviewStatus
from bunmart_review.schemas import (
    ModerationLogView,
    NewDecision,
    NewModerationLog,
    NewReview,
    NoteChange,
    RatingView,
    ReviewChange,
    ReviewDetails,
    ReviewView,
    log_view,
    rating_view,
    review_details,
    review_view,
)
from bunmart_review.service import Reviews

ADMIN = (requires(Role.ADMIN),)
OfStatus = Annotated[
    ReviewStatus | None, QueryParameter(name="status", description="Only of this status (admins)")
]
Flagged = Annotated[bool, QueryParameter(name="flagged", description="Only with open flags (admins)")]
OfReview = Annotated[UUID | None, QueryParameter(name="review_id", description="Only of this review")]


class ReviewController(Controller):
    """Reviews: everybody reads published ones, customers write their own, admins moderate."""

    path = "/api/reviews"
    tags = ("reviews",)

    @post("/", operation_id="CreateReview")
    async def create(
        self, data: NewReview, principal: Principal, reviews: Reviews, unit: UnitOfWork
    ) -> ReviewDetails:
        """Review a product that was delivered to you, once."""
        review = await reviews.create_review(
            unit, principal.user_id, data.product_id, rating=data.rating, comment=data.text()
        )
        return review_details(review)

    @get("/", operation_id="ListReviews")
    async def list_reviews(
        self,
        principal: Principal,
        reviews: Reviews,
        page: PageRequest,
        status: OfStatus = None,
        flagged: Flagged = False,
    ) -> Page[ReviewDetails]:
        """List your own reviews, newest first; admins list everybody's, of a status and with open flags."""
        if principal.is_admin:
            found = await reviews.list_reviews(page, status=status, flagged=flagged)
        elif status is None and not flagged:
            found = await reviews.list_reviews_of_user(principal.user_id, page)
        else:
            raise PermissionDeniedError("Only admins choose reviews by their moderation.")
        return found.map(review_details)

    @get("/product/{product_id:uuid}", operation_id="ListReviewsOfProduct")
    async def list_of_product(
        self, product_id: UUID, reviews: Reviews, page: PageRequest
    ) -> Page[ReviewView]:
        """List the published reviews of a product, newest first."""
        return (await reviews.list_published_reviews(product_id, page)).map(review_view)

    @get("/product/{product_id:uuid}/rating", operation_id="GetRatingOfProduct")
    async def rating(self, product_id: UUID, reviews: Reviews) -> RatingView:
        """Read the average of a product's published reviews."""
        return rating_view(await reviews.get_rating(product_id))

    @get("/{review_id:uuid}", operation_id="GetReview")
    async def get_one(self, review_id: UUID, principal: Principal, reviews: Reviews) -> ReviewDetails:
        """Read one of your reviews, also while it is hidden."""
        review = await reviews.get_review(review_id)
        principal.require_self(review.user_id)
        return review_details(review)

    @put("/{review_id:uuid}", operation_id="ChangeReview")
    async def change(
        self, review_id: UUID, data: ReviewChange, principal: Principal, reviews: Reviews, unit: UnitOfWork
    ) -> ReviewDetails:
        """Change your review. A hidden one stays hidden."""
        comment = data.text()
        if (await reviews.get_review(review_id)).user_id != principal.user_id:
            raise PermissionDeniedError("Only its author changes a review.")
        review = await reviews.change_review(
            unit, review_id, rating=data.rating, comment=comment, version=data.version
        )
        return review_details(review)

    @delete("/{review_id:uuid}", operation_id="DeleteReview")
    async def remove(self, review_id: UUID, principal: Principal, reviews: Reviews, unit: UnitOfWork) -> None:
        """Delete your review; admins delete any, which is logged."""
        principal.require_self((await reviews.get_review(review_id)).user_id)
        await reviews.delete_review(unit, review_id, by=principal.user_id)

    @post("/{review_id:uuid}/flag", status_code=204, operation_id="FlagReview")
    async def flag(self, review_id: UUID, principal: Principal, reviews: Reviews, unit: UnitOfWork) -> None:
        """Report a review to the moderators; flags of several users hide it until they decide."""
        await reviews.flag_review(unit, review_id, principal.user_id)

    @post("/{review_id:uuid}/moderate", status_code=200, operation_id="ModerateReview", guards=ADMIN)
    async def moderate(
        self, review_id: UUID, data: NewDecision, principal: Principal, reviews: Reviews, unit: UnitOfWork
    ) -> ReviewDetails:
        """Publish or remove a review (admins). Its author is told when that changes its status."""
        decision = await reviews.moderate_review(
            unit, review_id, ModerationAction(data.action), note=data.text(), moderator_id=principal.user_id
        )
        return review_details(decision.review)


class ModerationLogController(Controller):
    """The moderation log (admins)."""

    path = "/api/moderation-logs"
    tags = ("moderation-logs",)
    guards = ADMIN

    @get("/", operation_id="ListModerationLogs")
    async def list_logs(
        self,
        reviews: Reviews,
        page: PageRequest,
        review_id: OfReview = None,
    ) -> Page[ModerationLogView]:
        """List entries, newest first."""
        return (await reviews.list_logs(page, review_id=review_id)).map(log_view)

    @get("/{log_id:uuid}", operation_id="GetModerationLog")
    async def get_one(self, log_id: UUID, reviews: Reviews) -> ModerationLogView:
        """Read an entry."""
        return log_view(await reviews.get_log(log_id))

    @post("/", operation_id="CreateModerationLog")
    async def create(
        self, data: NewModerationLog, principal: Principal, reviews: Reviews, unit: UnitOfWork
    ) -> ModerationLogView:
        """Add an entry: publish and remove are carried out, a note changes nothing."""
        action, moderator_id = ModerationAction(data.action), principal.user_id
        decision = await reviews.moderate_review(
            unit, data.review_id, action, note=data.text(), moderator_id=moderator_id
        )
        return log_view(decision.log)

    @put("/{log_id:uuid}", operation_id="ChangeModerationLog")
    async def change(
        self, log_id: UUID, data: NoteChange, reviews: Reviews, unit: UnitOfWork
    ) -> ModerationLogView:
        """Change the note of an entry; its action stays."""
        return log_view(await reviews.change_log_note(unit, log_id, data.text()))

    @delete("/{log_id:uuid}", operation_id="DeleteModerationLog")
    async def remove(self, log_id: UUID, reviews: Reviews, unit: UnitOfWork) -> None:
        """Delete an entry. The review keeps its status."""
        await reviews.delete_log(unit, log_id)
