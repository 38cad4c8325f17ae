"""Measurements beside a reference. They print their results; nothing here asserts a time."""
