"""The review service's statements, compiled at import."""

from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_review.domain import ModerationLog, Rating, Review, ReviewFlag
from bunmart_review.models import ModerationLogTable, ProductRatingTable, ReviewFlagTable, ReviewTable

REVIEWS, RATINGS, LOGS = table(ReviewTable), table(ProductRatingTable), table(ModerationLogTable)
_REVIEW = sa.select(*columns(ReviewTable, Review))
_BY_ID = _REVIEW.where(REVIEWS.c.id == sa.bindparam("id"))

ADD_REVIEW = Insert(ReviewTable, Review)
REVIEW = Query(_BY_ID, Review)
REVIEW_FOR_UPDATE = Query(_BY_ID.with_for_update(), Review)
CHANGE_REVIEW = Command(
    sa.update(REVIEWS)
    .where(REVIEWS.c.id == sa.bindparam("review_id"))
    .values(
        {
            name: sa.bindparam(name)
            for name in ("rating", "comment", "status", "flag_count", "version", "updated_at")
        }
    )
)
REMOVE_REVIEW = Command(sa.delete(REVIEWS).where(REVIEWS.c.id == sa.bindparam("id")))
ADD_FLAG = Insert(ReviewFlagTable, ReviewFlag, ignore_conflict=True)
REVIEW_LIST = PagedQuery(
    _REVIEW,
    Review,
    order=[REVIEWS.c.id],
    filters={
        "product_id": REVIEWS.c.product_id == sa.bindparam("product_id"),
        "user_id": REVIEWS.c.user_id == sa.bindparam("user_id"),
        "status": REVIEWS.c.status == sa.bindparam("status"),
        # Literals, not parameters: the planner matches them with the partial indexes also in a generic plan.
        "published": REVIEWS.c.status == sa.literal_column("'PUBLISHED'"),
        "flagged": REVIEWS.c.flag_count > sa.literal_column("0"),
    },
)
"""Reviews, newest first."""

RATING = Query(
    sa.select(*columns(ProductRatingTable, Rating)).where(RATINGS.c.product_id == sa.bindparam("product_id")),
    Rating,
)
_ADD_RATING = insert(RATINGS).values({column.name: sa.bindparam(column.name) for column in RATINGS.c})
ADD_TO_RATING = Command(
    _ADD_RATING.on_conflict_do_update(
        index_elements=[RATINGS.c.product_id],
        set_={
            "rating_sum": RATINGS.c.rating_sum + _ADD_RATING.excluded.rating_sum,
            "rating_count": RATINGS.c.rating_count + _ADD_RATING.excluded.rating_count,
        },
    )
)
"""For a review that begins to count: the only change that may come before the product has a row."""
CHANGE_RATING = Command(
    sa.update(RATINGS)
    .where(RATINGS.c.product_id == sa.bindparam("of"))
    .values(
        rating_sum=RATINGS.c.rating_sum + sa.bindparam("sum_change", type_=sa.BigInteger),
        rating_count=RATINGS.c.rating_count + sa.bindparam("count_change", type_=sa.BigInteger),
    )
)

_LOG = sa.select(*columns(ModerationLogTable, ModerationLog))
ADD_LOG = Insert(ModerationLogTable, ModerationLog)
LOG = Query(_LOG.where(LOGS.c.id == sa.bindparam("id")), ModerationLog)
LOG_LIST = PagedQuery(
    _LOG,
    ModerationLog,
    order=[LOGS.c.id],
    filters={"review_id": LOGS.c.review_id == sa.bindparam("review_id")},
)
"""Entries of the moderation log, newest first."""
CHANGE_NOTE = Query(
    sa.update(LOGS)
    .where(LOGS.c.id == sa.bindparam("log_id"))
    .values(note=sa.bindparam("note"))
    .returning(*columns(ModerationLogTable, ModerationLog)),
    ModerationLog,
)
REMOVE_LOG = Query(sa.delete(LOGS).where(LOGS.c.id == sa.bindparam("id")).returning(LOGS.c.id), UUID)
