"""The type of everything that is rendered, before it becomes text."""

from typing import Any

Config = dict[str, Any]
"""A message of Envoy's API, or a part of a Kubernetes object, as JSON would have it."""
