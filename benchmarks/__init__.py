"""Side-by-side measurements. They print; nothing here asserts a time."""
