"""Requests with passwords and answers with tokens stay out of the idempotency store."""

from typing import Any

from bunmart_chassis.context import current
from litestar import Request


async def keep_out_of_store(_: Request[Any, Any, Any]) -> None:
    """Litestar ``before_request``: store neither the answer nor the hash of the request.

    The store keeps answers in clear, and hashes requests with one round of SHA-256, from which a password
    could be guessed. A sign-up is safe to repeat all the same (``Accounts.sign_up``).
    """
    call = current()
    if call is not None:
        call.idempotent = None
