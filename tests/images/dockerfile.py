"""The Dockerfile, read into its stages."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATH = ROOT / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One line, its continuations joined."""

    keyword: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its words without flags; those of the JSON form too."""
        if self.text.startswith("["):
            return [str(word) for word in json.loads(self.text)]
        return [word for word in self.text.split() if not word.startswith("--")]

    @property
    def source_stage(self) -> str | None:
        """The stage that a COPY takes from; None is the build's context."""
        found = re.search(r"--from=(\S+)", self.text)
        return found[1] if found else None


@dataclass
class Stage:
    """What stands below a FROM."""

    name: str
    parent: str
    instructions: list[Instruction] = field(default_factory=list)

    def of(self, keyword: str) -> list[Instruction]:
        """The instructions of that keyword."""
        return [each for each in self.instructions if each.keyword == keyword]


def read() -> dict[str, Stage]:
    """Return the stages by their names."""
    text = re.sub(r"(?m)^#.*\n", "", PATH.read_text())
    stages: dict[str, Stage] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        keyword, _, rest = line.strip().partition(" ")
        if keyword == "FROM":
            parent, _, name = rest.split()
            stages[name] = Stage(name, parent)
        elif keyword and stages:
            stages[next(reversed(stages))].instructions.append(Instruction(keyword, rest.strip()))
    return stages


def lineage(name: str) -> list[Stage]:
    """Return a stage and those that it is built upon, the first one first."""
    stages = read()
    found: list[Stage] = []
    while name in stages:
        found.insert(0, stages[name])
        name = stages[name].parent
    return found


def instructions(name: str, keyword: str) -> list[Instruction]:
    """Return those of an image and of what it is built upon, in their order."""
    return [each for stage in lineage(name) for each in stage.of(keyword)]


def command(name: str) -> list[str]:
    """Return what a container of the image runs."""
    entrypoint = [each.words for each in instructions(name, "ENTRYPOINT")][-1:]
    arguments = [each.words for each in instructions(name, "CMD")][-1:]
    return [word for words in (*entrypoint, *arguments) for word in words]


def environment(name: str) -> dict[str, str]:
    """Return the environment of an image, without what the base image sets."""
    pairs = [pair for each in instructions(name, "ENV") for pair in each.words]
    return dict(pair.split("=", 1) for pair in pairs)
