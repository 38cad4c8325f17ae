"""REST of the review service (brief, "Basic REST Endpoints")."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.errors import PermissionDeniedError
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageSize, PageToken, decode_token, size_of
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
    async def create(self, data: NewReview, principal: Principal, reviews: Reviews) -> ReviewDetails:
        """Review a product that was delivered to you, once."""
        review = await reviews.create(
            principal.user_id, data.product_id, rating=data.rating, comment=data.text()
        )
        return review_details(review)

    @get("/", operation_id="ListReviews")
    async def list_reviews(
        self,
        principal: Principal,
        reviews: Reviews,
        status: OfStatus = None,
        flagged: Flagged = False,
        page_size: PageSize = None,
        page_token: PageToken = None,
    ) -> Page[ReviewDetails]:
        """List your own reviews, newest first; admins list everybody's, of a status or with open flags."""
        size, after = size_of(page_size), decode_token(page_token, UUID)
        if principal.is_admin:
            page = await reviews.list_page(status=status, flagged=flagged, size=size, after=after)
        elif status is None and not flagged:
            page = await reviews.of_user(principal.user_id, size=size, after=after)
        else:
            raise PermissionDeniedError("Only admins choose reviews by their moderation.")
        return page.map(review_details)

    @get("/product/{product_id:uuid}", operation_id="ListReviewsOfProduct")
    async def list_of_product(
        self,
        product_id: UUID,
        reviews: Reviews,
        page_size: PageSize = None,
        page_token: PageToken = None,
    ) -> Page[ReviewView]:
        """List the published reviews of a product, newest first."""
        page = await reviews.published(
            product_id, size=size_of(page_size), after=decode_token(page_token, UUID)
        )
        return page.map(review_view)

    @get("/product/{product_id:uuid}/rating", operation_id="GetRatingOfProduct")
    async def rating(self, product_id: UUID, reviews: Reviews) -> RatingView:
        """Read the average of a product's published reviews."""
        return rating_view(await reviews.rating(product_id))

    @get("/{review_id:uuid}", operation_id="GetReview")
    async def get_one(self, review_id: UUID, principal: Principal, reviews: Reviews) -> ReviewDetails:
        """Read one of your reviews, also while it is hidden."""
        review = await reviews.get(review_id)
        principal.require_self(review.user_id)
        return review_details(review)

    @put("/{review_id:uuid}", operation_id="ChangeReview")
    async def change(
        self, review_id: UUID, data: ReviewChange, principal: Principal, reviews: Reviews
    ) -> ReviewDetails:
        """Change your review. What is hidden stays hidden."""
        if (await reviews.get(review_id)).user_id != principal.user_id:
            raise PermissionDeniedError("Only its author changes a review.")
        review = await reviews.change(
            review_id, rating=data.rating, comment=data.text(), version=data.version
        )
        return review_details(review)

    @delete("/{review_id:uuid}", operation_id="DeleteReview")
    async def remove(self, review_id: UUID, principal: Principal, reviews: Reviews) -> None:
        """Delete your review; admins delete any, which is logged."""
        principal.require_self((await reviews.get(review_id)).user_id)
        await reviews.remove(review_id, by=principal.user_id)

    @post("/{review_id:uuid}/flag", status_code=204, operation_id="FlagReview")
    async def flag(self, review_id: UUID, principal: Principal, reviews: Reviews) -> None:
        """Report a review to the moderators; flags of several users hide it until they decide."""
        await reviews.flag(review_id, principal.user_id)

    @post("/{review_id:uuid}/moderate", status_code=200, operation_id="ModerateReview", guards=ADMIN)
    async def moderate(
        self, review_id: UUID, data: NewDecision, principal: Principal, reviews: Reviews
    ) -> ReviewDetails:
        """Publish or remove a review (admins). Its author is told when that changes its status."""
        decision = await reviews.moderate(
            review_id, ModerationAction(data.action), note=data.text(), moderator_id=principal.user_id
        )
        return review_details(decision.review)


class ModerationLogController(Controller):
    """What moderators did (admins)."""

    path = "/api/moderation-logs"
    tags = ("moderation-logs",)
    guards = ADMIN

    @get("/", operation_id="ListModerationLogs")
    async def list_logs(
        self,
        reviews: Reviews,
        review_id: OfReview = None,
        page_size: PageSize = None,
        page_token: PageToken = None,
    ) -> Page[ModerationLogView]:
        """List entries, newest first."""
        page = await reviews.logs(
            review_id=review_id, size=size_of(page_size), after=decode_token(page_token, UUID)
        )
        return page.map(log_view)

    @get("/{log_id:uuid}", operation_id="GetModerationLog")
    async def get_one(self, log_id: UUID, reviews: Reviews) -> ModerationLogView:
        """Read an entry."""
        return log_view(await reviews.log(log_id))

    @post("/", operation_id="CreateModerationLog")
    async def create(
        self, data: NewModerationLog, principal: Principal, reviews: Reviews
    ) -> ModerationLogView:
        """Add an entry: publish and remove are carried out, a note changes nothing."""
        decision = await reviews.moderate(
            data.review_id, ModerationAction(data.action), note=data.text(), moderator_id=principal.user_id
        )
        return log_view(decision.log)

    @put("/{log_id:uuid}", operation_id="ChangeModerationLog")
    async def change(self, log_id: UUID, data: NoteChange, reviews: Reviews) -> ModerationLogView:
        """Change the note of an entry; what was done stays."""
        return log_view(await reviews.change_note(log_id, data.text()))

    @delete("/{log_id:uuid}", operation_id="DeleteModerationLog")
    async def remove(self, log_id: UUID, reviews: Reviews) -> None:
        """Delete an entry. The review keeps its status."""
        await reviews.remove_log(log_id)
