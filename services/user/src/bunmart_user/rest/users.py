"""Users and roles over REST."""

from typing import Annotated
from uuid import UUID

from bunmart_chassis.context import current
from bunmart_chassis.errors import PermissionDeniedError
from bunmart_chassis.identity import TOKEN_IGNORED, Client, Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import ANSWERS_NOT_STORED, UnitOfWork
from litestar import Controller, delete, get, post, put
from litestar.params import QueryParameter

from bunmart_user.domain.accounts import ROLE_DESCRIPTIONS, require_admin_for_access
from bunmart_user.rest.device_cookie import DeviceCookie
from bunmart_user.schemas import NewUser, PasswordChange, RoleView, UserUpdate, UserView, user_view
from bunmart_user.service import Users


class UserController(Controller):
    """Accounts: everybody sees and changes their own, admins all."""

    path = "/api/users"
    tags = ("users",)

    @post("/", operation_id="SignUp", opt=TOKEN_IGNORED | ANSWERS_NOT_STORED)
    async def sign_up(self, data: NewUser, users: Users, client: Client) -> UserView:
        """Create an account as a customer; anybody may. The same `idempotency-key` returns the same user."""
        call = current()
        user = await users.sign_up(
            email=data.email,
            password=data.password,
            display_name=data.display_name,
            phone=data.phone,
            signup_key=call.idempotency_key if call else None,
            client=client,
        )
        return user_view(user)

    @get("/", operation_id="ListUsers", guards=[requires(Role.ADMIN)])
    async def list_all(
        self,
        users: Users,
        page: PageRequest,
        role: Role | None = None,
        email: Annotated[str | None, QueryParameter(description="Exactly this one", max_length=254)] = None,
    ) -> Page[UserView]:
        """List users, newest first, optionally with a role or an e-mail address (admins)."""
        return (await users.list_users(page, role=role, email=email)).map(user_view)

    @get("/{user_id:uuid}", operation_id="GetUser")
    async def get_one(self, user_id: UUID, principal: Principal, users: Users) -> UserView:
        """Read a user."""
        principal.require_self(user_id)
        return user_view(await users.get_user(user_id))

    @put("/{user_id:uuid}", operation_id="UpdateUser")
    async def update(
        self, unit: UnitOfWork, user_id: UUID, data: UserUpdate, principal: Principal, users: Users
    ) -> UserView:
        """Change a user; what is absent stays. Roles and `active` are changed by admins."""
        principal.require_self(user_id)
        change = data.change()
        require_admin_for_access(change, is_admin=principal.is_admin)
        return user_view(await users.change_user(unit, user_id, change, actor=principal.user_id))

    @put(
        "/{user_id:uuid}/password",
        status_code=204,
        operation_id="ChangePassword",
        opt=ANSWERS_NOT_STORED,
    )
    async def change_password(
        self,
        unit: UnitOfWork,
        user_id: UUID,
        data: PasswordChange,
        principal: Principal,
        users: Users,
        client: Client,
        bunmart_device: DeviceCookie = None,
    ) -> None:
        """Set one's own password; all sessions and access tokens end, and other devices are forgotten."""
        if principal.user_id != user_id:
            raise PermissionDeniedError("Everybody sets their own password.")
        device = data.device_token or bunmart_device
        await users.change_password(unit, user_id, data.old_password, data.new_password, client, device)

    @delete("/{user_id:uuid}", operation_id="DeleteUser")
    async def delete(self, unit: UnitOfWork, user_id: UUID, principal: Principal, users: Users) -> None:
        """Delete an account: deactivate it and remove all that is personal."""
        principal.require_self(user_id)
        await users.delete_user(unit, user_id, actor=principal.user_id)


class RoleController(Controller):
    """The roles that users can have; given with `PUT /api/users/{id}`."""

    path = "/api/roles"
    tags = ("users",)
    guards = (requires(Role.ADMIN),)

    @get("/", sync_to_thread=False, operation_id="ListRoles")
    def list_all(self) -> Page[RoleView]:
        """List the roles (admins)."""
        return Page(items=[RoleView(role, text) for role, text in ROLE_DESCRIPTIONS.items()])
