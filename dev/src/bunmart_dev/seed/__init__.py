"""The bakery that a new system starts with, put in over REST through the ingress."""

from bunmart_dev.seed.seeding import VERSION, seed

__all__ = ["VERSION", "seed"]
