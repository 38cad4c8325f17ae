"""gRPC of the review service (proto/bunmart/review/v1/review.proto)."""

from bunmart.review.v1 import review_pb2, review_pb2_grpc
from bunmart_chassis.paging import PageRequest
from bunmart_chassis.rpc import Context
from bunmart_chassis.validation import require_uuid

from bunmart_review.domain import Review
from bunmart_review.service import Reviews

SERVICE = review_pb2.DESCRIPTOR.services_by_name["ReviewService"].full_name


class ReviewServicer(review_pb2_grpc.ReviewServiceServicer):
    """Checks each request, calls its use case, presents the answer."""

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    async def GetReviews(
        self, request: review_pb2.GetReviewsRequest, context: Context
    ) -> review_pb2.GetReviewsResponse:
        """Return one page of the published reviews of a product, newest first."""
        page = await self._reviews.list_published_reviews(
            require_uuid("product_id", request.product_id),
            PageRequest.of(request.page_size, request.page_token),
        )
        return review_pb2.GetReviewsResponse(
            reviews=[_review_info(review) for review in page.items], next_page_token=page.next_page_token
        )

    async def GetProductRating(
        self, request: review_pb2.GetProductRatingRequest, context: Context
    ) -> review_pb2.GetProductRatingResponse:
        """Return the average over a product's published reviews."""
        rating = await self._reviews.get_rating(require_uuid("product_id", request.product_id))
        return review_pb2.GetProductRatingResponse(
            product_id=str(rating.product_id),
            average_rating=rating.average,
            total_count=rating.rating_count,
        )


def _review_info(review: Review) -> review_pb2.ReviewInfo:
    info = review_pb2.ReviewInfo(
        review_id=str(review.id),
        product_id=str(review.product_id),
        user_id=str(review.user_id),
        rating=review.rating,
        comment=review.comment,
        status=review.status,
    )
    info.created_at.FromDatetime(review.created_at)
    return info
