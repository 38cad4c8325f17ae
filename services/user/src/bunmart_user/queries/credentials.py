"""The statements of sessions, tokens, devices and limits, compiled at import.

Who makes or ends one of them has locked its user first (``accounts.CREDENTIALS_FOR_UPDATE``), so no two of
these statements about one user run at the same time.
"""

from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_user.domain.access import EndedAccess, SessionState
from bunmart_user.domain.sessions import PresentedToken, RefreshToken, Session
from bunmart_user.domain.token_expiry import Device, PasswordReset
from bunmart_user.models import (
    DeviceTable,
    EndedAccessTable,
    PasswordResetTable,
    RefreshTokenTable,
    SessionTable,
    UserTable,
)

USERS, SESSIONS, TOKENS = table(UserTable), table(SessionTable), table(RefreshTokenTable)
DEVICES, RESETS, ENDED = table(DeviceTable), table(PasswordResetTable), table(EndedAccessTable)
_UUID = sa.Uuid()
_TIME = sa.DateTime(timezone=True)
_USER = sa.bindparam("user_id", type_=_UUID)
_SESSION_ID = sa.bindparam("session_id", type_=_UUID)
_NOW = sa.func.now()

ADD_SESSION = Insert(SessionTable, Session, ignore_conflict=True)
"""A session of the release before has no row yet; its first refresh here makes it."""
_ALIVE = sa.and_(SESSIONS.c.ended_at.is_(None), SESSIONS.c.expires_at > _NOW)
_THIS_SESSION = sa.and_(SESSIONS.c.id == _SESSION_ID, SESSIONS.c.user_id == _USER)
SESSION = Query(sa.select(*columns(SessionTable, Session)).where(_THIS_SESSION), Session)
SESSIONS_BY_PAGE = PagedQuery(
    sa.select(*columns(SessionTable, Session)).where(_ALIVE),
    Session,
    order=[SESSIONS.c.id],
    filters={"user_id": SESSIONS.c.user_id == _USER},
)
"""The living sessions of the user ``user_id``, newest first."""
TOUCH_SESSION = Command(
    sa.update(SESSIONS)
    .where(SESSIONS.c.id == _SESSION_ID)
    .values(
        last_used_at=_NOW,
        expires_at=sa.bindparam("expires_at", type_=_TIME),
        user_agent=sa.bindparam("user_agent"),
        client_network=sa.bindparam("client_network"),
    )
)
_END = sa.update(SESSIONS).where(_ALIVE).values(ended_at=_NOW, ended_by=sa.bindparam("by"))
END_SESSION = Query(_END.where(_THIS_SESSION).returning(SESSIONS.c.id), UUID)
END_SESSIONS = Query(
    _END.where(
        SESSIONS.c.user_id == _USER,
        SESSIONS.c.id.is_distinct_from(sa.bindparam("kept", type_=_UUID)),
    ).returning(SESSIONS.c.id),
    UUID,
)
"""Ends all sessions of a user but ``kept``, which may be None."""
DELETE_SESSIONS = Command(sa.delete(SESSIONS).where(SESSIONS.c.user_id == _USER))

ADD_TOKEN = Insert(RefreshTokenTable, RefreshToken)
_BY_HASH = TOKENS.c.hash == sa.bindparam("hash")
OWNER_OF_TOKEN = Query(sa.select(TOKENS.c.user_id).where(_BY_HASH), UUID)
PRESENTED_TOKEN = Query(
    sa.select(
        TOKENS.c.id,
        TOKENS.c.family,
        TOKENS.c.user_id,
        TOKENS.c.used_at.is_not(None).label("used"),
        sa.or_(TOKENS.c.revoked_at.is_not(None), SESSIONS.c.ended_at.is_not(None)).label("revoked"),
        (TOKENS.c.expires_at <= _NOW).label("expired"),
        sa.case((TOKENS.c.successor_until > _NOW, TOKENS.c.successor)).label("successor"),
    )
    .join_from(TOKENS, SESSIONS, SESSIONS.c.id == TOKENS.c.family, isouter=True)
    .where(_BY_HASH)
    .with_for_update(of=TOKENS),
    PresentedToken,
)
"""Times are compared by the database's clock, which is one for all replicas."""
USE_TOKEN = Command(
    sa.update(TOKENS)
    .where(TOKENS.c.id == sa.bindparam("token_id", type_=_UUID))
    .values(
        used_at=_NOW,
        successor=sa.bindparam("sealed", type_=sa.LargeBinary),
        successor_until=_NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.bindparam("grace", type_=sa.Float)),
    )
)
FORGET_SUCCESSORS = Command(
    sa.update(TOKENS)
    .where(TOKENS.c.successor.is_not(None), TOKENS.c.successor_until <= _NOW)
    .values(successor=None, successor_until=None)
)
_REVOKE = (
    sa.update(TOKENS)
    .where(TOKENS.c.revoked_at.is_(None))
    .values(revoked_at=_NOW, successor=None, successor_until=None)
)
REVOKE_FAMILY = Command(_REVOKE.where(TOKENS.c.family == _SESSION_ID, TOKENS.c.user_id == _USER))
REVOKE_ALL = Command(
    _REVOKE.where(
        TOKENS.c.user_id == _USER, TOKENS.c.family.is_distinct_from(sa.bindparam("kept", type_=_UUID))
    )
)
DELETE_TOKENS = Command(sa.delete(TOKENS).where(TOKENS.c.user_id == _USER))

ADD_ENDED = Insert(EndedAccessTable, EndedAccess)
ENDED_BY_PAGE = PagedQuery(
    sa.select(*columns(EndedAccessTable, EndedAccess)).where(ENDED.c.expires_at > _NOW),
    EndedAccess,
    order=[ENDED.c.ended_at, ENDED.c.id],
    descending=False,
    filters={"since": ENDED.c.ended_at >= sa.bindparam("since", type_=_TIME)},
)
ACCESS = Query(
    sa.select(
        USERS.c.active,
        USERS.c.roles,
        USERS.c.credentials_version,
        sa.and_(SESSIONS.c.id.is_not(None), SESSIONS.c.ended_at.is_(None)).label("session_lives"),
    )
    .join_from(
        USERS,
        SESSIONS,
        sa.and_(SESSIONS.c.id == _SESSION_ID, SESSIONS.c.user_id == USERS.c.id),
        isouter=True,
    )
    .where(USERS.c.id == _USER),
    SessionState,
)

_RESET = sa.select(*columns(PasswordResetTable, PasswordReset))
RESET_OF = Query(_RESET.where(RESETS.c.user_id == _USER), PasswordReset)
_OPEN_RESET = sa.and_(RESETS.c.hash == sa.bindparam("hash"), RESETS.c.expires_at > _NOW)
OPEN_RESET = Query(_RESET.where(_OPEN_RESET), PasswordReset)
CLAIM_RESET = Query(
    sa.delete(RESETS).where(_OPEN_RESET).returning(*columns(PasswordResetTable, PasswordReset)),
    PasswordReset,
)
_NEW_RESET = insert(RESETS).values(
    {
        name: sa.bindparam(name, type_=RESETS.c[name].type)
        for name in ("user_id", "hash", "expires_at", "sent_at", "credentials_version")
    }
)
REPLACE_RESET = Command(
    _NEW_RESET.on_conflict_do_update(
        index_elements=[RESETS.c.user_id],
        set_={
            name: _NEW_RESET.excluded[name]
            for name in ("hash", "expires_at", "sent_at", "credentials_version")
        },
    )
)
MARK_RESET_SENT = Command(
    sa.update(RESETS)
    .where(RESETS.c.user_id == _USER, RESETS.c.hash == sa.bindparam("of"))
    .values(sent_at=_NOW)
)
DELETE_RESET = Command(sa.delete(RESETS).where(RESETS.c.user_id == _USER))

ADD_DEVICE = Insert(DeviceTable, Device)
DEVICE = Query(
    sa.select(*columns(DeviceTable, Device)).where(
        DEVICES.c.hash == sa.bindparam("hash"), DEVICES.c.user_id == _USER, DEVICES.c.expires_at > _NOW
    ),
    Device,
)
TOUCH_DEVICE = Command(
    sa.update(DEVICES)
    .where(DEVICES.c.id == sa.bindparam("device_id", type_=_UUID))
    .values(last_used_at=_NOW, expires_at=sa.bindparam("expires_at", type_=_TIME))
)
DELETE_DEVICES = Command(
    sa.delete(DEVICES).where(
        DEVICES.c.user_id == _USER, DEVICES.c.id.is_distinct_from(sa.bindparam("kept", type_=_UUID))
    )
)
_OLDEST_DEVICES = (
    sa.select(DEVICES.c.id)
    .where(DEVICES.c.user_id == _USER)
    .order_by(DEVICES.c.last_used_at.desc(), DEVICES.c.id.desc())
    .offset(sa.bindparam("most", type_=sa.Integer))
)
DELETE_OLD_DEVICES = Command(sa.delete(DEVICES).where(DEVICES.c.id.in_(_OLDEST_DEVICES)))

DELETE_EXPIRED = [
    Command(sa.delete(TOKENS).where(TOKENS.c.expires_at < _NOW)),
    Command(
        sa.delete(SESSIONS).where(
            sa.func.coalesce(SESSIONS.c.ended_at, SESSIONS.c.expires_at)
            < sa.bindparam("ended_before", type_=_TIME)
        )
    ),
    Command(sa.delete(RESETS).where(RESETS.c.expires_at < _NOW)),
    Command(sa.delete(DEVICES).where(DEVICES.c.expires_at < _NOW)),
    Command(sa.delete(ENDED).where(ENDED.c.expires_at < _NOW)),
]
"""Rows without effect: what has expired, and sessions that ended before ``ended_before``."""
