"""The logins that the seed makes: one a role, all with one password."""

DEMO_PASSWORD = "bunmart-demo"  # noqa: S105 - printed at each start, for a system that listens on 127.0.0.1 alone
DEMO_USERS = {
    "customer": "customer@bunmart.local",
    "kitchen": "kitchen@bunmart.local",
    "driver": "driver@bunmart.local",
    "admin": "admin@bunmart.local",
}
"""E-mail address by role."""
