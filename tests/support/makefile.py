"""The Makefile, as tests read it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make_targets() -> set[str]:
    """The targets that `make help` lists."""
    text = "".join((ROOT / name).read_text() for name in ("Makefile", "k8s/cluster.mk"))
    return set(re.findall(r"(?m)^([a-z][\w-]*):.*## ", text))


def make_variable(name: str) -> list[str]:
    """The words of a variable."""
    found = re.search(rf"(?m)^{name} := (.+)$", (ROOT / "Makefile").read_text())
    assert found, name
    return found[1].split()
