"""Signing in over REST, and the public keys of the access tokens."""

from bunmart_chassis.identity import TOKEN_IGNORED, Client, Principal
from bunmart_chassis.rest import ANSWERS_NOT_STORED, UnitOfWork
from litestar import Controller, MediaType, Response, get, post

from bunmart_user.access_tokens import KeyRing
from bunmart_user.rest.device_cookie import DeviceCookie, device_cookie
from bunmart_user.schemas import (
    Login,
    PasswordResetConfirmation,
    PasswordResetRequest,
    RefreshRequest,
    TokenView,
    UserView,
    token_view,
    user_view,
)
from bunmart_user.service import Users

_NO_STORE = {"cache-control": "no-store"}


class AuthController(Controller):
    """Sessions and passwords. The idempotency store keeps nothing of them: it would keep tokens in clear."""

    path = "/api/auth"
    tags = ("auth",)
    opt = ANSWERS_NOT_STORED

    @post("/login", status_code=200, operation_id="LogIn", opt=TOKEN_IGNORED)
    async def log_in(
        self,
        unit: UnitOfWork,
        data: Login,
        users: Users,
        client: Client,
        bunmart_device: DeviceCookie = None,
    ) -> Response[TokenView]:
        """Sign in. Too many wrong passwords from one address, or for one account, have to wait (429).

        The first time on a device the answer has a `device_token`, which browsers get as a cookie too. Send
        it along the next time: then nobody else can use up the tries for this account.
        """
        known = data.device_token or bunmart_device
        grant = await users.log_in(unit, data.email, data.password, client, known)
        cookies = [device_cookie(grant.device_token, users.settings)] if grant.device_token else []
        return Response(token_view(grant), headers=_NO_STORE, cookies=cookies)

    @post("/refresh", status_code=200, operation_id="RefreshTokens", opt=TOKEN_IGNORED)
    async def refresh(self, data: RefreshRequest, users: Users, client: Client) -> Response[TokenView]:
        """Exchange a refresh token for new tokens.

        It is good for one use. For half a minute a repeat gives the same new refresh token; later it ends the
        session.
        """
        grant = await users.refresh(data.refresh_token, client)
        return Response(token_view(grant), headers=_NO_STORE)

    @post("/logout", status_code=204, operation_id="LogOut", opt=TOKEN_IGNORED)
    async def log_out(self, unit: UnitOfWork, data: RefreshRequest, users: Users) -> None:
        """End the session of a refresh token."""
        await users.log_out(unit, data.refresh_token)

    @get("/me", operation_id="GetMe")
    async def me(self, principal: Principal, users: Users) -> UserView:
        """Read the user behind the access token."""
        return user_view(await users.get_user(principal.user_id))

    @post("/password-reset", status_code=202, operation_id="RequestPasswordReset", opt=TOKEN_IGNORED)
    async def request_password_reset(
        self, unit: UnitOfWork, data: PasswordResetRequest, users: Users, client: Client
    ) -> None:
        """Have a link sent to an e-mail address. The answer is the same whether it has an account or not."""
        await users.request_password_reset(unit, data.email, client)

    @post("/password-reset/confirm", status_code=204, operation_id="ConfirmPasswordReset", opt=TOKEN_IGNORED)
    async def confirm_password_reset(
        self, unit: UnitOfWork, data: PasswordResetConfirmation, users: Users, client: Client
    ) -> Response[None]:
        """Set a new password with the token of the mail; all sessions and access tokens end.

        A cookie makes this device a known one, so that its owner can sign in whatever others try.
        """
        device = await users.confirm_password_reset(unit, data.token, data.new_password, client)
        return Response(None, cookies=[device_cookie(device, users.settings)])


def jwks_controller(keys: KeyRing) -> type[Controller]:
    """Publishes the keys that verify access tokens (RFC 7517)."""

    class JwksController(Controller):
        path = "/.well-known"
        tags = ("auth",)

        @get("/jwks.json", sync_to_thread=False, operation_id="GetJwks", media_type=MediaType.JSON)
        def jwks(self) -> Response[bytes]:
            """Read the public keys, as a JWK Set; remember them for a minute."""
            return Response(keys.jwks(), media_type=MediaType.JSON, headers={"cache-control": "max-age=60"})

    return JwksController
