"""Writes docs/settings.md from the classes of settings: ``python tools/settings_page.py``.

A row is a field of a class: its variable, type, unit and default, and the docstring under it.
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from annotated_types import Ge, Gt, Le
from bunmart_chassis.lifecycle import ServiceSettings
from bunmart_dev.launcher import settings as launcher
from bunmart_dev.mail_catcher import settings as mail_catcher
from bunmart_dev.ports import Ports
from bunmart_dev.stripe_emulator import settings as stripe_emulator
from pydantic import SecretStr
from pydantic_core import to_json

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "settings.md"
TYPES = {
    bool: "`true` or `false`",
    int: "integer",
    float: "number",
    Decimal: "decimal",
    str: "text",
    Path: "path",
    UUID: "UUID",
    SecretStr: "secret text",
}
DEVELOPMENT = (
    ("Development: `make up`", (launcher.Settings, Ports)),
    ("Development: the Stripe emulator", (stripe_emulator.Settings,)),
    ("Development: the mail catcher", (mail_catcher.Settings,)),
)
BOUNDS = {Ge: "from {0.ge}", Gt: "above {0.gt}", Le: "to {0.le}"}
UNITS = (r"\bin (seconds|major units)\b", r"^(Port)\b", r"^Number of (\w+)", r"^(Share)\b")
"""The forms in which a docstring names a unit."""
HEAD = "| variable | type | unit | default | meaning |\n|---|---|---|---|---|\n"
INTRODUCTION = """\
# Settings

Written by `make docs` from the classes of settings; a test fails when it is stale. A setting is an
environment variable, read once when the process starts. A wrong value ends the start with an error that names
it.

Traces are exported when OpenTelemetry's own variable `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
"""


@dataclass(frozen=True)
class Setting:
    """One row of the page."""

    variable: str
    type: str
    default: str
    meaning: str

    @property
    def unit(self) -> str:
        """The unit that the meaning names, or nothing."""
        found = (re.search(pattern, self.meaning) for pattern in UNITS)
        return next((each[1].lower() for each in found if each), "")

    def row(self) -> str:
        """Return the row as Markdown."""
        cells = (f"`{self.variable}`", self.type, self.unit, self.default, self.meaning)
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def docstrings(owner: type) -> dict[str, str]:
    """Return the docstring under each field of a class, on one line."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            text = ast.literal_eval(below.value)
            found[ast.unparse(field.target)] = " ".join(text.replace("``", "`").split())
    return found


def type_of(annotation: Any, bounds: list[Any]) -> str:
    """Say which values a field takes."""
    if get_origin(annotation) in {Union, UnionType}:
        (kind,) = (each for each in get_args(annotation) if each is not NoneType)
        return type_of(kind, bounds)
    if get_origin(annotation) is tuple:
        return "JSON list"
    if get_origin(annotation) is dict:
        return "JSON object"
    limits = [BOUNDS[type(each)].format(each) for each in bounds if type(each) in BOUNDS]
    return " ".join([TYPES[annotation], *limits])


def default_of(value: Any) -> str:
    """Return a default in the form that the variable takes; empty when there is none."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value == "":
        return ""
    if isinstance(value, tuple | bool):
        return f"`{json.dumps(value)}`"
    if isinstance(value, dict):
        return f"`{to_json(value).decode()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def settings_of(owner: type[ServiceSettings]) -> Iterator[Setting]:
    """Yield the settings that a class adds to those it inherits."""
    meanings = docstrings(owner)
    prefix = str(owner.model_config["env_prefix"])
    for name, field in owner.model_fields.items():
        if name not in inspect.get_annotations(owner):
            continue
        yield Setting(
            variable=f"{prefix}{name}".upper(),
            type=type_of(field.annotation, field.metadata) if field.repr else TYPES[SecretStr],
            default=default_of(field.default),
            meaning=meanings.get(name, ""),
        )


def documented(owner: type) -> Iterator[Setting]:
    """Yield the settings of a dataclass whose docstrings end with their variables: ``(``NAME``)``."""
    kinds = get_type_hints(owner)
    for field in fields(owner):
        found = re.fullmatch(r"(.+) \(`([A-Z_]+)`\)\.", docstrings(owner).get(field.name, ""))
        if found:
            default = "" if field.default is MISSING else field.default
            yield Setting(
                variable=found[2],
                type=TYPES.get(kinds[field.name], TYPES[str]),
                default=default_of(",".join(default) if isinstance(default, tuple) else default),
                meaning=f"{found[1]}.",
            )


def sections() -> Iterator[tuple[str, list[Setting]]]:
    """Yield each heading of the page with its settings."""
    yield "Every service and the BFF", list(settings_of(ServiceSettings))
    for path in (
        *sorted(ROOT.glob("services/*/src/bunmart_*/settings.py")),
        ROOT / "bff/src/bunmart_bff/settings.py",
    ):
        package = path.parent.name
        added = list(settings_of(import_module(f"{package}.settings").Settings))
        if added:
            yield f"Added by {package.removeprefix('bunmart_')}", added
    for title, owners in DEVELOPMENT:
        yield title, [setting for owner in owners for setting in documented(owner)]


def page() -> str:
    """Return the whole page."""
    tables = (f"## {title}\n\n{HEAD}{''.join(each.row() for each in rows)}" for title, rows in sections())
    return "\n".join([INTRODUCTION, *tables])


if __name__ == "__main__":
    PAGE.write_text(page())
