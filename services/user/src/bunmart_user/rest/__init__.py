"""REST of the user service: users and roles, addresses, sessions, and signing in."""

from bunmart_user.rest.addresses import AddressController
from bunmart_user.rest.auth import AuthController, jwks_controller
from bunmart_user.rest.sessions import SessionController
from bunmart_user.rest.users import RoleController, UserController

__all__ = [
    "AddressController",
    "AuthController",
    "RoleController",
    "SessionController",
    "UserController",
    "jwks_controller",
]
