"""A stateful emulator of Stripe's payment API for development and tests; never part of an image."""
