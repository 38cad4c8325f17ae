"""Aggregated views for the UI, read over REST from the services."""
