"""Catches every mail and shows it, for development and tests; never part of an image."""
