"""The launcher: starts, watches and stops the whole of BunMart on one machine (``make up``)."""
