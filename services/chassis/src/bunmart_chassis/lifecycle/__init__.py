"""The life of a service: its settings, its start, its readiness, its drain."""

from bunmart_chassis.lifecycle.readiness import Readiness
from bunmart_chassis.lifecycle.service import Parts, Service, run_service
from bunmart_chassis.lifecycle.settings import ServiceSettings

__all__ = ["Parts", "Readiness", "Service", "ServiceSettings", "run_service"]
