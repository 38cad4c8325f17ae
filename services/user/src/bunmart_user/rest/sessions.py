"""The sessions of a user over REST."""

from uuid import UUID

from bunmart_chassis.identity import Principal
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get

from bunmart_user.schemas import SessionView, session_view
from bunmart_user.service import Users


class SessionController(Controller):
    """Everybody sees and ends their own sessions, admins those of all."""

    path = "/api/users/{user_id:uuid}/sessions"
    tags = ("users",)

    @get("/", operation_id="ListSessions")
    async def list_all(
        self, user_id: UUID, principal: Principal, users: Users, page: PageRequest
    ) -> Page[SessionView]:
        """List where a user is signed in, newest first."""
        principal.require_self(user_id)
        found = await users.list_sessions(user_id, page)
        return found.map(lambda each: session_view(each, current=principal.session_id))

    @delete("/{session_id:uuid}", operation_id="EndSession")
    async def end(
        self, unit: UnitOfWork, user_id: UUID, session_id: UUID, principal: Principal, users: Users
    ) -> None:
        """End a session: its refresh token at once, its access tokens within a minute."""
        principal.require_self(user_id)
        await users.end_session(unit, user_id, session_id)

    @delete("/", operation_id="EndOtherSessions")
    async def end_others(self, unit: UnitOfWork, user_id: UUID, principal: Principal, users: Users) -> None:
        """End all sessions of a user but the one that asks."""
        principal.require_self(user_id)
        await users.end_other_sessions(unit, user_id, principal.session_id)
