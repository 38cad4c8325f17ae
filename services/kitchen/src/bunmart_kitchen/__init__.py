"""Kitchen production."""
