"""What a laptop, a test and a development cluster need beside BunMart; production has none of it."""
