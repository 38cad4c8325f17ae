"""Use cases of the review service. REST and gRPC call these and nothing else.

A change runs in the unit of work of its call. It locks the review's row (SELECT … FOR UPDATE) and then its
product's rating; peers are called before its first statement.
"""

from bunmart_review.service.lookup import Lookup
from bunmart_review.service.moderation import Moderation
from bunmart_review.service.reviews import ReviewChanges


class Reviews(Lookup, ReviewChanges, Moderation):
    """All use cases of reviews and their moderation."""


__all__ = ["Reviews"]
