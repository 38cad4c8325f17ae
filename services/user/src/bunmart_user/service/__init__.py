"""Use cases of the user service. REST, gRPC and jobs call these and nothing else."""

from bunmart_user.service.access import AccessChecks
from bunmart_user.service.accounts import Accounts
from bunmart_user.service.addresses import Addresses
from bunmart_user.service.lookup import Lookup
from bunmart_user.service.mails import Mails
from bunmart_user.service.passwords import Passwords
from bunmart_user.service.sessions import Grant


class Users(Lookup, Accounts, Addresses, Passwords, Mails, AccessChecks):
    """All use cases of users."""


__all__ = ["Grant", "Users"]
