"""The renderer of templates: Jinja in a sandbox, compiled once per version of a template."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

import jinja2
import jinja2.meta
from bunmart_chassis.errors import InvalidArgumentError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from bunmart_notification.domain import Template, Text
from bunmart_notification.plain_templates import require_plain, shows_whole

_KEPT = 1000
_SAMPLE = "1.00"
"""The text with which a template is tried; it can be read as a number too."""


class RenderError(Exception):
    """A template cannot be rendered with the data that it was given."""


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox whose templates have no loops over numbers and no arithmetic that eats memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:  # noqa: ARG002
        raise SecurityError(f"{operator} is not available in templates")


def _environment(*, html: bool) -> _Environment:
    # What is missing is empty: a message with a gap is better than none.
    environment = _Environment(autoescape=html, undefined=jinja2.ChainableUndefined)
    environment.globals.clear()
    return environment


def _try(environment: _Environment, source: str) -> None:
    """Render a template with a text for each of its variables."""
    names = jinja2.meta.find_undeclared_variables(environment.parse(source))
    environment.from_string(source).render(dict.fromkeys(names, _SAMPLE))


class _Compiled(NamedTuple):
    updated_at: datetime
    subject: jinja2.Template
    body: jinja2.Template
    html: jinja2.Template | None


class Renderer:
    """Renders templates, and remembers them compiled until they change."""

    def __init__(self) -> None:
        self._text = _environment(html=False)
        self._html = _environment(html=True)
        self._compiled: dict[str, _Compiled] = {}

    def require_valid(self, template: Template) -> None:
        """Refuse a template with a mistake in its syntax, or one that cannot be rendered with texts.

        All values are texts when a notification is sent; what it calculates with them would fail then, and
        nobody would get the message.

        Raises:
            InvalidArgumentError: It names the field and the line or the mistake.
        """
        for field, environment in (("subject", self._text), ("body", self._text), ("html", self._html)):
            try:
                _try(environment, getattr(template, field) or "")
            except jinja2.TemplateSyntaxError as error:
                raise InvalidArgumentError.field(field, f"line {error.lineno}: {error.message}") from None
            except (ValueError, RecursionError) as error:
                raise InvalidArgumentError.field(field, f"is no template: {error}") from None
            except Exception as error:  # noqa: BLE001 - whatever a template does, it is the template's mistake
                problem = f"cannot be rendered: {type(error).__name__}: {error}"
                raise InvalidArgumentError.field(field, problem) from None

    def render(self, template: Template, data: Mapping[str, str], *, subject: str = "") -> Text:
        """Render a template.

        Args:
            template: It was checked when it was stored.
            data: Values of its variables; a missing one is empty.
            subject: Replaces the template's subject.

        Raises:
            RenderError: The template does something with the data that is not possible.
        """
        try:
            compiled = self._compile(template)
            return Text(
                " ".join((subject or compiled.subject.render(data)).split()),
                compiled.body.render(data),
                None if compiled.html is None else compiled.html.render(data),
            )
        except Exception as error:
            raise RenderError(f"{type(error).__name__}: {error}") from error

    def render_secret(self, template: Template, data: Mapping[str, str], *, subject: str = "") -> Text:
        """Render a template with a link that lets its reader in.

        Raises:
            RenderError: The template does more than show the values, or shows the link as a part of another.
        """
        try:
            require_plain(template)
        except InvalidArgumentError as error:
            raise RenderError(error.message) from None
        text = self.render(template, data, subject=subject)
        for link in (each for each in data.values() if "://" in each):
            if not shows_whole(text.body, link) or not shows_whole(text.html or "", str(escape(link))):
                raise RenderError("the link is shown as a part of something else")
        return text

    def _compile(self, template: Template) -> _Compiled:
        known = self._compiled.get(template.id)
        if known is not None and known.updated_at == template.updated_at:
            return known
        compiled = _Compiled(
            template.updated_at,
            self._text.from_string(template.subject),
            self._text.from_string(template.body),
            None if template.html is None else self._html.from_string(template.html),
        )
        if len(self._compiled) >= _KEPT:
            self._compiled.clear()
        self._compiled[template.id] = compiled
        return compiled
