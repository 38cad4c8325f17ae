"""The names of a new service, and the reasons to refuse them."""

import builtins
import keyword
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from bunmart_mesh.policy import Policy, load_policy

PATTERN = re.compile(r"[a-z][a-z0-9]+")
LONGEST = 20
MOST_PARTS = 20
"""Postgres has the port after the block of the last part; see bunmart_dev.ports."""
PACKAGES = frozenset({"bff", "chassis", "dev", "mesh", "protos"})
WORDS = frozenset(
    """
    admin annotated base client clients closed column command context controller data database desk domain
    double enum executor field group id insert job jobs lookup message migration optional option page part
    peer principal query renamed repeated request required reserved response rest role row rpc schema service
    setting settings state status stream table title token unit user uuid
    """.split()  # noqa: SIM905
)
"""Names that the generated files, or the contract's language, use for something else."""


class NameRefusedError(Exception):
    """The name cannot be used; the text says why."""


@dataclass(frozen=True)
class Names:
    """A service and the thing that it keeps.

    Attributes:
        name: ``loyalty``; the package is ``bunmart_loyalty``.
        noun: ``card``, one of what the service keeps.
    """

    name: str
    noun: str

    @cached_property
    def plural(self) -> str:
        """The noun in the plural, as the path and the table have it."""
        if re.search(r"[^aeiou]y$", self.noun):
            return f"{self.noun[:-1]}ies"
        return f"{self.noun}es" if re.search(r"(s|x|z|ch|sh)$", self.noun) else f"{self.noun}s"

    @property
    def article(self) -> str:
        """The article before the noun."""
        return "an" if self.noun[0] in "aeiou" else "a"

    def words(self) -> dict[str, str]:
        """Return what the templates call the names."""
        return {
            "name": self.name,
            "Name": self.name.capitalize(),
            "noun": self.noun,
            "Noun": self.noun.capitalize(),
            "NOUN": self.noun.upper(),
            "plural": self.plural,
            "Plural": self.plural.capitalize(),
            "PLURAL": self.plural.upper(),
            "a": self.article,
            "a_noun": f"{self.article} {self.noun}",
            "A_noun": f"{self.article.capitalize()} {self.noun}",
        }


def check_names(names: Names, root: Path) -> None:
    """Refuse names that are malformed, taken, or mean something else already.

    Raises:
        NameRefusedError: They cannot be used.
    """
    for word in (names.name, names.noun):
        _check_word(word)
    policy = load_policy(root / "mesh" / "policy.yaml")
    _check_name(names, policy, root)
    _check_noun(names, policy)


def _check_word(word: str) -> None:
    if not PATTERN.fullmatch(word):
        raise NameRefusedError(f"{word!r} is no name: it must match {PATTERN.pattern}, such as loyalty.")
    if len(word) > LONGEST:
        raise NameRefusedError(f"{word!r} is longer than {LONGEST} characters.")
    if keyword.iskeyword(word):
        raise NameRefusedError(f"{word!r} is a keyword of Python.")


def _check_name(names: Names, policy: Policy, root: Path) -> None:
    values = yaml.safe_load((root / "charts" / "bunmart" / "values.yaml").read_text())
    if names.name in policy.names:
        raise NameRefusedError(f"There is a part {names.name} already (mesh/policy.yaml).")
    if names.name in {*PACKAGES, *values}:
        raise NameRefusedError(f"{names.name!r} is the name of a package or of a chart's value.")
    for folder in ("services", "proto/bunmart", "tests/services"):
        if (root / folder / names.name).exists():
            raise NameRefusedError(f"There is a folder {folder}/{names.name} already.")
    if len(policy.parts) >= MOST_PARTS:
        raise NameRefusedError(f"The port table has {MOST_PARTS} rows, and all are taken.")


def _check_noun(names: Names, policy: Policy) -> None:
    if names.noun in WORDS or hasattr(builtins, names.noun) or hasattr(builtins, names.plural):
        raise NameRefusedError(
            f"{names.noun!r} is a word of the generated code itself; name what the service keeps: noun=card."
        )
    prefix = f"/api/{names.plural}"
    for entry in policy.ingress:
        if entry.prefix == prefix or entry.prefix.startswith(f"{prefix}/"):
            raise NameRefusedError(
                f"The path {prefix} belongs to {entry.part} already; name what the service keeps: noun=card."
            )
