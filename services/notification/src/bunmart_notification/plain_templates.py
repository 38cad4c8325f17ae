"""Templates of texts that let their reader in: they show values as they are, and do nothing else with them.

An admin edits templates. One that builds another link out of a secret, such as `https://elsewhere/?{{ url
}}`, would send the secret elsewhere as soon as its reader clicks.
"""

import re

import jinja2
from bunmart_chassis.errors import InvalidArgumentError
from jinja2 import nodes

from bunmart_notification.domain import Template

_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If)
_PARSER = jinja2.Environment(autoescape=True)  # it only parses
_BEFORE, _AFTER = r"""(?<![^\s"'<>()])""", r"""(?![^\s"'<>()])"""


def require_plain(template: Template) -> None:
    """Refuse a template that does more than show values and ask whether there are any.

    Raises:
        InvalidArgumentError: It does (400); it names the field and the line.
    """
    for field in ("subject", "body", "html"):
        try:
            tree = _PARSER.parse(getattr(template, field) or "")
        except jinja2.TemplateSyntaxError as error:
            raise InvalidArgumentError.field(field, f"line {error.lineno}: {error.message}") from None
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, _ALLOWED):
                reason = "a confidential text only shows values, as in {{ url }}, or asks for one with if"
                raise InvalidArgumentError.field(field, f"line {node.lineno}: {reason}")


def shows_whole(text: str, link: str) -> bool:
    """True when each place of a text that shows a link shows it by itself, not as a part of another."""
    return len(re.findall(re.escape(link), text)) == len(
        re.findall(f"{_BEFORE}{re.escape(link)}{_AFTER}", text)
    )
