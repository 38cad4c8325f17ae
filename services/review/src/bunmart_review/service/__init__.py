"""Use cases of the review service. REST and gRPC call these and nothing else.

Every change locks the review's row (SELECT … FOR UPDATE) and then its product's rating, in one transaction;
peers are called before it.
"""

from bunmart_review.service.moderating import Moderating
from bunmart_review.service.reading import Reading
from bunmart_review.service.writing import Writing


class Reviews(Reading, Writing, Moderating):
    """All use cases of reviews and their moderation."""


__all__ = ["Reviews"]
