"""Users, addresses and sign-in."""
