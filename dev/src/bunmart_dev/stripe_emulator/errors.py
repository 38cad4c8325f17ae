"""Stripe's errors: https://docs.stripe.com/api/errors."""

from typing import Any


class StripeError(Exception):
    """An answer other than 200, in Stripe's shape."""

    status = 400
    type = "invalid_request_error"

    stored = False
    """True when the idempotency store keeps the answer, which it does where the operation began."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.fields = {key: value for key, value in fields.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body."""
        code = self.fields.get("code")
        documented = (
            {"doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"} if code else {}
        )
        return {"error": {"message": str(self), "type": self.type, **documented, **self.fields}}


class InvalidRequestError(StripeError):
    """Parameters are missing, unknown or out of range."""


class UnexpectedStateError(StripeError):
    """The operation is not possible in the object's present state."""

    stored = True


class ResourceMissingError(StripeError):
    """There is no such object."""

    status = 404

    def __init__(self, kind: str, object_id: str) -> None:
        super().__init__(f"No such {kind}: '{object_id}'", code="resource_missing", param="id")


class UnknownUrlError(StripeError):
    """The path or method is none that the emulator serves."""

    status = 404

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"Unrecognized request URL ({method}: {path}).")


class AuthenticationError(StripeError):
    """The API key is missing or invalid."""

    status = 401


class ForbiddenError(StripeError):
    """The key may not do this."""

    status = 403


class IdempotencyError(StripeError):
    """The idempotency key was used before with other parameters."""

    type = "idempotency_error"


class CardError(StripeError):
    """The card was declined."""

    status = 402
    type = "card_error"
    stored = True


class ApiError(StripeError):
    """Stripe's own fault, here always an injected one."""

    status = 500
    type = "api_error"
