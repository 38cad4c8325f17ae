"""The life of a service: its settings and parts, its start, its readiness, its drain."""

from bunmart_chassis.lifecycle.parts import Parts
from bunmart_chassis.lifecycle.process import run_service
from bunmart_chassis.lifecycle.readiness import Readiness
from bunmart_chassis.lifecycle.service import Service
from bunmart_chassis.lifecycle.settings import ServiceSettings

__all__ = ["Parts", "Readiness", "Service", "ServiceSettings", "run_service"]
