"""The review service's statements, compiled at import."""

import sqlalchemy as sa
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_review.domain import ModerationLog, Rating, Review, ReviewFlag
from bunmart_review.models import ModerationLogTable, ProductRatingTable, ReviewFlagTable, ReviewTable

REVIEWS, RATINGS, LOGS = table(ReviewTable), table(ProductRatingTable), table(ModerationLogTable)
_REVIEW = sa.select(*columns(ReviewTable, Review))
_BY_ID = _REVIEW.where(REVIEWS.c.id == sa.bindparam("id"))
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
_UUID = sa.Uuid()

ADD_REVIEW = Insert(ReviewTable, Review, ignore_conflict=True)
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


def _page(*conditions: sa.ColumnElement[bool]) -> Query[Review]:
    """Newest first, after the review whose id the token carries; ids sort by creation (UUIDv7)."""
    return Query(_REVIEW.where(*conditions).order_by(REVIEWS.c.id.desc()).limit(_LIMIT), Review)


_AFTER = REVIEWS.c.id < sa.bindparam("after", type_=_UUID)
_SHAPES: dict[str, tuple[sa.ColumnElement[bool], ...]] = {
    # A literal, not a parameter: the planner matches it with the partial index also in a generic plan.
    "product": (
        REVIEWS.c.product_id == sa.bindparam("product_id"),
        REVIEWS.c.status == sa.literal_column("'PUBLISHED'"),
    ),
    "user": (REVIEWS.c.user_id == sa.bindparam("user_id"),),
    "status": (REVIEWS.c.status == sa.bindparam("status"),),
    "flagged": (REVIEWS.c.flag_count > sa.literal_column("0"),),
    "all": (),
}
PAGES = {
    (shape, later): _page(*conditions, *((_AFTER,) if later else ()))
    for shape, conditions in _SHAPES.items()
    for later in (False, True)
}
"""List statements by filter and whether a token was given."""

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
_LOG_AFTER = LOGS.c.id < sa.bindparam("after", type_=_UUID)
_OF_REVIEW = LOGS.c.review_id == sa.bindparam("review_id")
ADD_LOG = Insert(ModerationLogTable, ModerationLog)
LOG = Query(_LOG.where(LOGS.c.id == sa.bindparam("id")), ModerationLog)
LOG_PAGES = {
    (of_review, later): Query(
        _LOG.where(*((_OF_REVIEW,) if of_review else ()), *((_LOG_AFTER,) if later else ()))
        .order_by(LOGS.c.id.desc())
        .limit(_LIMIT),
        ModerationLog,
    )
    for of_review in (False, True)
    for later in (False, True)
}
"""List statements by whether they are of one review and whether a token was given."""
CHANGE_NOTE = Query(
    sa.update(LOGS)
    .where(LOGS.c.id == sa.bindparam("log_id"))
    .values(note=sa.bindparam("note"))
    .returning(*columns(ModerationLogTable, ModerationLog)),
    ModerationLog,
)
REMOVE_LOG = Command(sa.delete(LOGS).where(LOGS.c.id == sa.bindparam("id")))
