"""What the use cases share: the database, passwords, tokens and peers."""

from uuid import UUID

from bunmart_chassis.errors import NotFoundError
from bunmart_chassis.storage import Database, UnitOfWork

from bunmart_user import queries
from bunmart_user.access_tokens import AccessTokens
from bunmart_user.clients import Clients
from bunmart_user.domain import User
from bunmart_user.passwords import Passwords
from bunmart_user.settings import Settings


class UseCases:
    """Base of the use cases.

    Args:
        database: Where users are.
        clients: The peers.
        tokens: Issues access tokens.
        settings: Of the service.
    """

    def __init__(
        self, database: Database, clients: Clients, tokens: AccessTokens, settings: Settings
    ) -> None:
        self.database = database
        self.clients = clients
        self.tokens = tokens
        self.settings = settings
        self.passwords = Passwords()


def user_not_found(user_id: UUID) -> NotFoundError:
    """NOT_FOUND for a user."""
    return NotFoundError(f"No user {user_id}.", code="USER_NOT_FOUND")


async def locked(unit: UnitOfWork, user_id: UUID) -> User:
    """Read and lock a user until the transaction ends (NOT_FOUND)."""
    user = await queries.USER_FOR_UPDATE.first(unit, user_id=user_id)
    if user is None:
        raise user_not_found(user_id)
    return user
