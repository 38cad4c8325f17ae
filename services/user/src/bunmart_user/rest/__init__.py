"""REST of the user service: users and roles, addresses, and signing in."""

from bunmart_user.rest.addresses import AddressController
from bunmart_user.rest.auth import AuthController, jwks_controller
from bunmart_user.rest.users import RoleController, UserController

__all__ = ["AddressController", "AuthController", "RoleController", "UserController", "jwks_controller"]
