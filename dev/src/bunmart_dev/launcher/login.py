"""``make token``: log in through the ingress and print the access token."""

import httpx

from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.launcher.parts import LauncherError

_TIMEOUT = 10.0


def fetch_token(edge_url: str, role: str) -> str:
    """Return an access token of the demo user of a role.

    Args:
        edge_url: The ingress.
        role: A key of ``DEMO_USERS``.

    Raises:
        LauncherError: There is no such role, nothing answers, or the login was refused.
    """
    if role not in DEMO_USERS:
        raise LauncherError(
            f"There is no role {role!r}; `make token role=admin` knows {', '.join(DEMO_USERS)}."
        )
    login = {"email": DEMO_USERS[role], "password": DEMO_PASSWORD}
    try:
        answer = httpx.post(f"{edge_url}/api/auth/login", json=login, timeout=_TIMEOUT)
    except httpx.TransportError:
        raise LauncherError(f"Nothing answers at {edge_url}: is `make up` ready?") from None
    if not answer.is_success:
        raise LauncherError(f"{login['email']} could not log in ({answer.status_code}): {answer.text}")
    token: str = answer.json()["access_token"]
    return token
