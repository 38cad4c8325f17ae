"""A small service that uses every part of the chassis; it speaks the cart contract."""
