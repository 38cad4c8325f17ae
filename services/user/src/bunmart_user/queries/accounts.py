"""The statements of users and addresses, compiled at import."""

from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_user.domain.accounts import Contact, Credentials, User, UserRow
from bunmart_user.domain.addresses import Address
from bunmart_user.models import AddressTable, UserTable

USERS, ADDRESSES = table(UserTable), table(AddressTable)
_UUID = sa.Uuid()
_ID = sa.bindparam("user_id", type_=_UUID)

ADD_USER = Insert(UserTable, UserRow, ignore_conflict=True)
ADD_ADDRESS = Insert(AddressTable, Address)

_USER = sa.select(*columns(UserTable, User))
USER = Query(_USER.where(USERS.c.id == _ID), User)
USER_FOR_UPDATE = Query(_USER.where(USERS.c.id == _ID).with_for_update(key_share=True), User)
"""The lock that whoever makes or ends something that proves who the user is takes first (decision 13)."""
_CONTACT = sa.select(*columns(UserTable, Contact))
_WITH_EMAIL = USERS.c.email == sa.bindparam("email")
CONTACT = Query(_CONTACT.where(USERS.c.id == _ID), Contact)
CONTACT_BY_EMAIL = Query(_CONTACT.where(_WITH_EMAIL), Contact)
_CREDENTIALS = sa.select(*columns(UserTable, Credentials))
CREDENTIALS_BY_EMAIL = Query(_CREDENTIALS.where(_WITH_EMAIL), Credentials)
CREDENTIALS = Query(_CREDENTIALS.where(USERS.c.id == _ID), Credentials)
CREDENTIALS_FOR_UPDATE = Query(
    _CREDENTIALS.where(USERS.c.id == _ID).with_for_update(key_share=True), Credentials
)
ADMINS_FOR_UPDATE = Query(
    sa.select(USERS.c.id)
    .where(USERS.c.active, USERS.c.roles.contains(sa.literal_column("ARRAY['admin']")))
    .order_by(USERS.c.id)
    .with_for_update(key_share=True),
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
RAISE_VERSION = Query(
    _CHANGE_USER.values(credentials_version=USERS.c.credentials_version + 1).returning(
        USERS.c.credentials_version
    ),
    int,
)
SET_PASSWORD = Command(
    _CHANGE_USER.values(
        password_hash=sa.bindparam("password_hash"),
        updated_at=sa.func.now(),
        version=USERS.c.version + 1,
    )
)
REHASH = Command(_CHANGE_USER.values(password_hash=sa.bindparam("password_hash")))

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
