"""The parts that use cases share: the database, password hashes, access tokens and peers."""

from uuid import UUID

from bunmart_chassis.errors import require_found
from bunmart_chassis.storage import Database, UnitOfWork

from bunmart_user import queries
from bunmart_user.access_tokens import AccessTokens
from bunmart_user.clients import Clients
from bunmart_user.domain.accounts import User
from bunmart_user.password_hashes import PasswordHashes
from bunmart_user.settings import Settings


class UseCases:
    """Base of the use cases.

    Args:
        database: The service's.
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
        self.hashes = PasswordHashes()


async def lock_user(unit: UnitOfWork, user_id: UUID) -> User:
    """Read and lock a user until the transaction ends.

    Raises:
        NotFoundError: There is no such user (USER_NOT_FOUND).
    """
    return require_found(await queries.USER_FOR_UPDATE.first(unit, user_id=user_id), "user", user_id)
