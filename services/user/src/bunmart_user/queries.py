"""The user service's statements, compiled at import."""

from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_user.domain.accounts import Contact, Credentials, User, UserRow
from bunmart_user.domain.addresses import Address
from bunmart_user.domain.passwords import LoginFailures
from bunmart_user.domain.token_expiry import PasswordReset, RefreshToken, Session
from bunmart_user.models import (
    AddressTable,
    LoginFailureTable,
    PasswordResetTable,
    RefreshTokenTable,
    UserTable,
)

USERS, ADDRESSES, TOKENS = table(UserTable), table(AddressTable), table(RefreshTokenTable)
FAILURES, RESETS = table(LoginFailureTable), table(PasswordResetTable)
_UUID = sa.Uuid()
_TIME = sa.DateTime(timezone=True)
_ID = sa.bindparam("user_id", type_=_UUID)

ADD_USER = Insert(UserTable, UserRow, ignore_conflict=True)
ADD_ADDRESS = Insert(AddressTable, Address)
ADD_TOKEN = Insert(RefreshTokenTable, RefreshToken)

_USER = sa.select(*columns(UserTable, User))
USER = Query(_USER.where(USERS.c.id == _ID), User)
USER_FOR_UPDATE = Query(_USER.where(USERS.c.id == _ID).with_for_update(), User)
_CONTACT = sa.select(*columns(UserTable, Contact))
_WITH_EMAIL = USERS.c.email == sa.bindparam("email")
CONTACT = Query(_CONTACT.where(USERS.c.id == _ID), Contact)
CONTACT_BY_EMAIL = Query(_CONTACT.where(_WITH_EMAIL), Contact)
_CREDENTIALS = sa.select(*columns(UserTable, Credentials))
CREDENTIALS_BY_EMAIL = Query(_CREDENTIALS.where(_WITH_EMAIL), Credentials)
CREDENTIALS = Query(_CREDENTIALS.where(USERS.c.id == _ID), Credentials)
ADMINS_FOR_UPDATE = Query(
    sa.select(USERS.c.id)
    .where(USERS.c.active, USERS.c.roles.contains(sa.literal_column("ARRAY['admin']")))
    .order_by(USERS.c.id)
    .with_for_update(),
    UUID,
)
"""Ids of the active admins, locked in one order, so that two of them cannot leave at the same time."""
USERS_BY_PAGE = PagedQuery(
    _USER,
    User,
    order=[USERS.c.id],
    filters={
        "role": sa.bindparam("role", type_=sa.Text) == sa.any_(USERS.c.roles),
        "email": _WITH_EMAIL,
    },
)

_CHANGE_USER = sa.update(USERS).where(USERS.c.id == _ID)
SAVE_USER = Query(
    _CHANGE_USER.values(
        {
            name: sa.bindparam(name)
            for name in ("email", "display_name", "phone", "roles", "active", "preferences", "version")
        }
        | {"updated_at": sa.func.now()}
    ).returning(*columns(UserTable, User)),
    User,
)
SET_PASSWORD = Command(
    _CHANGE_USER.values(
        password_hash=sa.bindparam("password_hash"),
        updated_at=sa.func.now(),
        version=USERS.c.version + 1,
    )
)
REHASH = Command(
    _CHANGE_USER.where(USERS.c.password_hash == sa.bindparam("before")).values(
        password_hash=sa.bindparam("password_hash")
    )
)

_ADDRESS = sa.select(*columns(AddressTable, Address))
_ADDRESS_ID = sa.bindparam("address_id", type_=_UUID)
_OWN_ADDRESS = sa.and_(ADDRESSES.c.id == _ADDRESS_ID, ADDRESSES.c.user_id == _ID)
ADDRESS = Query(_ADDRESS.where(_OWN_ADDRESS), Address)
ADDRESSES_OF = Query(_ADDRESS.where(ADDRESSES.c.user_id == _ID).order_by(ADDRESSES.c.id), Address)
SAVE_ADDRESS = Query(
    sa.update(ADDRESSES)
    .where(_OWN_ADDRESS)
    .values(
        {
            name: sa.bindparam(name)
            for name in ("line1", "line2", "city", "state", "postal_code", "country", "type")
        }
    )
    .returning(*columns(AddressTable, Address)),
    Address,
)
DELETE_ADDRESS = Command(sa.delete(ADDRESSES).where(_OWN_ADDRESS))
DELETE_ADDRESSES = Command(sa.delete(ADDRESSES).where(ADDRESSES.c.user_id == _ID))
COUNT_ADDRESSES = Query(
    sa.select(sa.func.count()).select_from(ADDRESSES).where(ADDRESSES.c.user_id == _ID), int
)

_BY_HASH = TOKENS.c.hash == sa.bindparam("hash")
_SESSION_COLUMNS = [
    *(TOKENS.c[name] for name in ("id", "family", "user_id", "expires_at", "used_at", "revoked_at")),
    USERS.c.roles,
    USERS.c.active,
]
SESSION_FOR_UPDATE = Query(
    sa.select(*_SESSION_COLUMNS)
    .join_from(TOKENS, USERS, USERS.c.id == TOKENS.c.user_id)
    .where(_BY_HASH)
    .with_for_update(of=TOKENS),
    Session,
)
USE_TOKEN = Command(
    sa.update(TOKENS)
    .where(TOKENS.c.id == sa.bindparam("token_id", type_=_UUID))
    .values(used_at=sa.func.now())
)
_REVOKE = sa.update(TOKENS).where(TOKENS.c.revoked_at.is_(None)).values(revoked_at=sa.func.now())
REVOKE_FAMILY = Command(_REVOKE.where(TOKENS.c.family == sa.bindparam("of", type_=_UUID)))
_PRESENTED = TOKENS.alias()
REVOKE_BY_TOKEN = Command(
    _REVOKE.where(
        TOKENS.c.family
        == sa.select(_PRESENTED.c.family).where(_PRESENTED.c.hash == sa.bindparam("of")).scalar_subquery()
    )
)
REVOKE_ALL = Command(_REVOKE.where(TOKENS.c.user_id == _ID))
DELETE_TOKENS = Command(sa.delete(TOKENS).where(TOKENS.c.user_id == _ID))

LOGIN_FAILURES = Query(
    sa.select(*columns(LoginFailureTable, LoginFailures)).where(
        FAILURES.c.email == sa.bindparam("email"),
        FAILURES.c.started_at > sa.bindparam("since", type_=_TIME),
    ),
    LoginFailures,
)
_EXPIRED = FAILURES.c.started_at <= sa.bindparam("since", type_=_TIME)
_NOW = sa.bindparam("now", type_=_TIME)
ADD_FAILURE = Command(
    insert(FAILURES)
    .values(email=sa.bindparam("email"), failures=1, started_at=_NOW)
    .on_conflict_do_update(
        index_elements=[FAILURES.c.email],
        set_={
            "failures": sa.case((_EXPIRED, 1), else_=FAILURES.c.failures + 1),
            "started_at": sa.case((_EXPIRED, _NOW), else_=FAILURES.c.started_at),
        },
    )
)
FORGET_FAILURES = Command(sa.delete(FAILURES).where(FAILURES.c.email == sa.bindparam("email")))

_RESET = sa.select(*columns(PasswordResetTable, PasswordReset))
RESET_OF = Query(_RESET.where(RESETS.c.user_id == _ID), PasswordReset)
_OPEN_RESET = sa.and_(RESETS.c.hash == sa.bindparam("hash"), RESETS.c.expires_at > sa.func.now())
OPEN_RESET = Query(_RESET.where(_OPEN_RESET), PasswordReset)
CLAIM_RESET = Command(sa.delete(RESETS).where(_OPEN_RESET))
_NEW_RESET = insert(RESETS).values(
    user_id=_ID,
    hash=sa.bindparam("hash"),
    expires_at=sa.bindparam("expires_at", type_=_TIME),
    sent_at=sa.bindparam("sent_at", type_=_TIME),
)
REPLACE_RESET = Command(
    _NEW_RESET.on_conflict_do_update(
        index_elements=[RESETS.c.user_id],
        set_={
            "hash": _NEW_RESET.excluded.hash,
            "expires_at": _NEW_RESET.excluded.expires_at,
            "sent_at": _NEW_RESET.excluded.sent_at,
        },
    )
)
MARK_RESET_SENT = Command(
    sa.update(RESETS)
    .where(RESETS.c.user_id == _ID, RESETS.c.hash == sa.bindparam("of"))
    .values(sent_at=sa.func.now())
)
DELETE_RESET = Command(sa.delete(RESETS).where(RESETS.c.user_id == _ID))

DELETE_EXPIRED = [
    Command(sa.delete(TOKENS).where(TOKENS.c.expires_at < sa.func.now())),
    Command(sa.delete(RESETS).where(RESETS.c.expires_at < sa.func.now())),
    Command(sa.delete(FAILURES).where(FAILURES.c.started_at <= sa.bindparam("since", type_=_TIME))),
]
"""Rows without effect: expired tokens and resets, wrong passwords before ``since``."""
