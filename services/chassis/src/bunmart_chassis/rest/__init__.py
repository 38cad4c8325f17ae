"""REST: the Litestar application of a service, the middleware around each request, and its refusals.

Handlers ask for ``unit``, the unit of work of their call, by name.
"""

from bunmart_chassis.rest.app import Schema, create_rest_app
from bunmart_chassis.rest.fields import LINE_RULE, NAME_RULE, TEXT_RULE, FreeText, LineText, NameText
from bunmart_chassis.rest.middleware import ANSWERS_NOT_STORED, VISITORS_ANSWERS_NOT_STORED
from bunmart_chassis.rest.problems import answer_exception
from bunmart_chassis.storage import UnitOfWork

__all__ = [
    "ANSWERS_NOT_STORED",
    "LINE_RULE",
    "NAME_RULE",
    "TEXT_RULE",
    "VISITORS_ANSWERS_NOT_STORED",
    "FreeText",
    "LineText",
    "NameText",
    "Schema",
    "UnitOfWork",
    "answer_exception",
    "create_rest_app",
]
