"""What a caller is told when a constraint of the database refuses a write."""

from bunmart_chassis.storage import taken

EMAIL_TAKEN = taken(
    "uq_users_email", code="EMAIL_TAKEN", field="email", message="This e-mail address has an account."
)
