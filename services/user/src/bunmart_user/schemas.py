"""REST requests and responses of the user service."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis.identity import Role
from bunmart_chassis.rest import TEXT_RULE, FreeText, LineText, NameText, Schema
from bunmart_chassis.validation import optional_text, require_line, require_name

from bunmart_user.domain.accounts import MAX_DISPLAY_NAME, Preference, User, UserChange
from bunmart_user.domain.addresses import Address, AddressType
from bunmart_user.domain.passwords import MAX_PASSWORD, MIN_PASSWORD
from bunmart_user.domain.sessions import Session
from bunmart_user.service import Grant

MAX_PREFERENCE_NAME = 64
MAX_PREFERENCE = 500
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254, examples=["ada@example.org"])]
Name = Annotated[NameText, msgspec.Meta(min_length=1, max_length=MAX_DISPLAY_NAME)]
Phone = Annotated[str, msgspec.Meta(max_length=30, description='E.164, such as "+4915112345678"; or empty')]
NewPassword = Annotated[str, msgspec.Meta(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
AnyPassword = Annotated[str, msgspec.Meta(max_length=MAX_PASSWORD)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Number = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Text = Annotated[FreeText, msgspec.Meta(max_length=MAX_PREFERENCE)]
Preferences = Annotated[
    dict[
        Annotated[LineText, msgspec.Meta(max_length=MAX_PREFERENCE_NAME)], Text | Number | float | bool | None
    ],
    msgspec.Meta(max_length=50, description=f"Names are lines, texts are texts. {TEXT_RULE}"),
]
Line = Annotated[LineText, msgspec.Meta(max_length=200)]
Place = Annotated[LineText, msgspec.Meta(max_length=100)]


class NewUser(Schema):
    """A sign-up."""

    email: Email
    password: NewPassword
    display_name: Name
    phone: Phone = ""


class UserUpdate(Schema):
    """A change of a user; what is absent stays.

    Attributes:
        display_name: What other people read.
        phone: E.164; empty removes it.
        preferences: Replaces all preferences.
        roles: Only admins.
        active: Only admins; an inactive user cannot sign in.
        version: If given, it must be the current one (409 otherwise).
    """

    display_name: Name | msgspec.UnsetType = msgspec.UNSET
    phone: Phone | msgspec.UnsetType = msgspec.UNSET
    preferences: Preferences | msgspec.UnsetType = msgspec.UNSET
    roles: Annotated[list[Role], msgspec.Meta(max_length=10)] | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | msgspec.UnsetType = msgspec.UNSET

    def change(self) -> UserChange:
        """Return the change as the use case takes it (INVALID_ARGUMENT for a text that is none)."""
        given = msgspec.structs.asdict(self)
        given = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        if "display_name" in given:
            given["display_name"] = require_name("display_name", given["display_name"], most=MAX_DISPLAY_NAME)
        if "preferences" in given:
            given["preferences"] = _checked_preferences(given["preferences"])
        return UserChange(**given)


class PasswordChange(Schema):
    """A new password, and the old one as a proof; a device that is known is not forgotten."""

    old_password: AnyPassword
    new_password: NewPassword
    device_token: Secret | None = None


class Login(Schema):
    """An e-mail address and a password, to sign in; and the token of a device that did so before.

    Attributes:
        email: In any case.
        password: The password.
        device_token: From an earlier answer; browsers send their cookie instead.
    """

    email: Email
    password: AnyPassword
    device_token: Secret | None = None


class RefreshRequest(Schema):
    """The refresh token of a session."""

    refresh_token: Secret


class PasswordResetRequest(Schema):
    """The e-mail address of a person who forgot the password."""

    email: Email


class PasswordResetConfirmation(Schema):
    """The token of the mail and a new password."""

    token: Secret
    new_password: NewPassword


class AddressBody(Schema, kw_only=True):
    """A postal address; `country` is ISO 3166-1 alpha-2, such as `DE`."""

    line1: Annotated[LineText, msgspec.Meta(min_length=1, max_length=200)]
    line2: Line = ""
    city: Annotated[LineText, msgspec.Meta(min_length=1, max_length=100)]
    state: Place = ""
    postal_code: Annotated[LineText, msgspec.Meta(max_length=20)] = ""
    country: Annotated[str, msgspec.Meta(min_length=2, max_length=2)]
    type: AddressType = AddressType.SHIPPING

    def address(self, address_id: UUID, user_id: UUID, created_at: datetime) -> Address:
        """Return the address as the use case takes it."""
        return Address(
            address_id,
            user_id,
            self.line1,
            self.line2,
            self.city,
            self.state,
            self.postal_code,
            self.country,
            self.type,
            created_at,
        )


class UserView(msgspec.Struct, kw_only=True):
    """A user as the person and admins see it; `email` is null once the account is deleted."""

    user_id: UUID
    email: str | None
    display_name: str
    phone: str
    roles: list[str]
    active: bool
    preferences: dict[str, Preference]
    created_at: datetime
    updated_at: datetime
    version: int


class AddressView(msgspec.Struct, kw_only=True):
    """A postal address of a user."""

    address_id: UUID
    user_id: UUID
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    type: AddressType
    created_at: datetime


class RoleView(msgspec.Struct):
    """A role and what it allows."""

    role: Role
    description: str


class TokenView(msgspec.Struct, kw_only=True):
    """Send the access token as `Authorization: Bearer`; exchange the refresh token before it expires."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: Annotated[int, msgspec.Meta(description="Seconds until the access token expires")]
    user_id: UUID
    roles: list[str]
    session_id: Annotated[UUID, msgspec.Meta(description="Ended with `DELETE /api/users/{id}/sessions/{id}`")]
    device_token: Annotated[
        str | None,
        msgspec.Meta(description="When this device is new: send it along when you sign in again"),
    ]


class SessionView(msgspec.Struct, kw_only=True):
    """A place where a user is signed in.

    Attributes:
        session_id: The session.
        created_at: The time of signing in.
        last_used_at: The time of the last refresh.
        user_agent: The program, as it says of itself.
        client_network: The network of the last use, without its last part.
        is_current: True for the session that asks.
    """

    session_id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    client_network: str
    is_current: bool


def _checked_preferences(given: Mapping[str, Preference]) -> dict[str, Preference]:
    return {
        require_line("preferences", name, most=MAX_PREFERENCE_NAME): (
            optional_text(f"preferences.{name}", value, most=MAX_PREFERENCE)
            if isinstance(value, str)
            else value
        )
        for name, value in given.items()
    }


def session_view(session: Session, *, current: UUID | None) -> SessionView:
    """Present a session to its owner."""
    return SessionView(
        session_id=session.id,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        user_agent=session.user_agent,
        client_network=session.client_network,
        is_current=session.id == current,
    )


def user_view(user: User) -> UserView:
    """Present a user."""
    return UserView(
        user_id=user.id,
        email=user.email,
        display_name=user.display_name,
        phone=user.phone,
        roles=user.roles,
        active=user.active,
        preferences=user.preferences,
        created_at=user.created_at,
        updated_at=user.updated_at,
        version=user.version,
    )


def address_view(address: Address) -> AddressView:
    """Present an address."""
    fields = msgspec.structs.asdict(address)
    return AddressView(address_id=fields.pop("id"), **fields)


def token_view(grant: Grant) -> TokenView:
    """Present the tokens of a person who signed in."""
    return TokenView(token_type="Bearer", **msgspec.structs.asdict(grant))  # noqa: S106 - a scheme, no secret
