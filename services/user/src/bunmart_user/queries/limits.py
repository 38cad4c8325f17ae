"""The statements of limits, compiled at import."""

import sqlalchemy as sa
from bunmart_chassis.storage import Command, Query, columns, table
from sqlalchemy.dialects.postgresql import ARRAY, insert

from bunmart_user.domain.limits import Attempts
from bunmart_user.models import AttemptTable

ATTEMPTS = table(AttemptTable)
_TIME = sa.DateTime(timezone=True)
_NOW = sa.bindparam("now", type_=_TIME)
_SINCE = sa.bindparam("since", type_=_TIME)
_THESE = ATTEMPTS.c.key == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.LargeBinary)))
_EXPIRED = ATTEMPTS.c.started_at <= _SINCE

COUNTED = Query(sa.select(*columns(AttemptTable, Attempts)).where(_THESE), Attempts)
COUNT = Query(
    insert(ATTEMPTS)
    .values(key=sa.bindparam("key", type_=sa.LargeBinary), tries=1, started_at=_NOW)
    .on_conflict_do_update(
        index_elements=[ATTEMPTS.c.key],
        set_={
            "tries": sa.case((_EXPIRED, 1), else_=ATTEMPTS.c.tries + 1),
            "started_at": sa.case((_EXPIRED, _NOW), else_=ATTEMPTS.c.started_at),
        },
    )
    .returning(*columns(AttemptTable, Attempts)),
    Attempts,
)
"""Counts one try; it stands on the counter before the try is made, so that parallel tries see each other."""
TAKE_BACK = Command(
    sa.update(ATTEMPTS).where(_THESE, ATTEMPTS.c.tries > 0).values(tries=ATTEMPTS.c.tries - 1)
)
FORGET = Command(sa.delete(ATTEMPTS).where(_THESE))
DELETE_OLD = Command(sa.delete(ATTEMPTS).where(_EXPIRED))
