"""REST: the Litestar application of a service, the middleware around each request, and its refusals."""

from bunmart_chassis.rest.app import Schema, create_rest_app
from bunmart_chassis.rest.problems import answer_exception

__all__ = ["Schema", "answer_exception", "create_rest_app"]
