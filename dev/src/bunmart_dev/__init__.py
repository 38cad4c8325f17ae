"""Tools of a laptop, a test and a development cluster beside BunMart; production has none of them."""
