"""What every BunMart service stands on (the microservice chassis pattern)."""
