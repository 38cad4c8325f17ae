"""Shipments, drivers and vehicles."""
