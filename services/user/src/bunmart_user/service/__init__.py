"""Use cases of the user service. REST, gRPC and jobs call these and nothing else."""

from bunmart_user.service.accounts import Accounts
from bunmart_user.service.addresses import Addresses
from bunmart_user.service.reading import Reading
from bunmart_user.service.resets import Resets
from bunmart_user.service.sessions import Grant, Sessions


class Users(Reading, Accounts, Addresses, Sessions, Resets):
    """All use cases of users."""


__all__ = ["Grant", "Users"]
