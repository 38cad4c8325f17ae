"""Access: whether a token still holds, and which ended early."""

from collections.abc import Sequence
from datetime import datetime

from bunmart_chassis.identity import Access, Ended, Principal
from bunmart_chassis.paging import Page, PageRequest

from bunmart_user.domain.access import EndedAccess, access_of
from bunmart_user.queries import credentials as credential_queries
from bunmart_user.service.base import UseCases

_PAGE = 1000


class AccessChecks(UseCases):
    """Use cases that tell services about access tokens; the source of this service's own guard too."""

    async def check(self, principal: Principal) -> Access:
        """Tell whether a token still holds, and the roles of its user now."""
        state = await credential_queries.ACCESS.first(
            self.database, user_id=principal.user_id, session_id=principal.session_id
        )
        return access_of(state, principal)

    async def list_ended(self, since: datetime | None) -> Sequence[Ended]:
        """List what ended at a time or later, for the guard of this service."""
        found: list[Ended] = []
        page = PageRequest(_PAGE, "")
        while True:
            ended = await self.list_ended_access(page, since)
            found += [
                Ended(each.user_id, each.session_id, each.credentials_version, each.ended_at, each.expires_at)
                for each in ended.items
            ]
            if not ended.next_page_token:
                return found
            page = PageRequest(_PAGE, ended.next_page_token)

    async def list_ended_access(self, page: PageRequest, since: datetime | None) -> Page[EndedAccess]:
        """List what ended at a time or later, oldest first; what no living token rests on is left out.

        Raises:
            InvalidArgumentError: The token is not one of this list.
        """
        return await credential_queries.ENDED_BY_PAGE.page(self.database, page, since=since)
