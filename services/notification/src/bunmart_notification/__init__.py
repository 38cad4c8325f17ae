"""E-mail, SMS and in-app notifications."""
