"""Charts built in a scratch folder and rendered in this process, by Helm's own engine."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import helm_python
import yaml

ROOT = Path(__file__).parents[2]
CHARTS = ROOT / "charts"
NAMES = tuple(sorted(path.parent.name for path in CHARTS.glob("*/Chart.yaml")))
RELEASES = {
    "service": ("order", "bunmart"),
    "bunmart": ("bunmart", "bunmart"),
    "development": ("development", "bunmart-dev"),
    "databases": ("databases", "bunmart"),
}
"""Release name and namespace in which a chart is installed."""

Manifest = dict[str, Any]


def merge(below: Any, above: Any) -> Any:
    """Lay values over others as Helm does: maps by their keys, all else as a whole."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {
            key: merge(below.get(key), above[key]) if key in above else below[key]
            for key in {**below, **above}
        }
    return above


@dataclass(frozen=True)
class Workload:
    """An object that makes pods."""

    owner: Manifest
    template: Manifest
    """Metadata and spec of its pods."""

    @property
    def name(self) -> str:
        """``Deployment/order``."""
        return f"{self.owner['kind']}/{self.owner['metadata']['name']}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return dict(self.template.get("metadata", {}).get("labels", {}))

    @property
    def spec(self) -> Manifest:
        """The spec of its pods."""
        return dict(self.template["spec"])

    @property
    def containers(self) -> list[Manifest]:
        """All containers, those that run at the start first."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def is_long_lived(self) -> bool:
        """Whether its pods run until somebody stops them."""
        return self.owner["kind"] in {"Deployment", "StatefulSet", "DaemonSet"}


@dataclass(frozen=True)
class Render:
    """What Helm would send to the API server, hooks and tests included."""

    namespace: str
    objects: tuple[Manifest, ...]
    values: dict[str, Any] = field(default_factory=dict)
    """The values that were given, without the defaults."""
    notes: str = ""

    def of(self, *kinds: str) -> list[Manifest]:
        """The objects of some kinds."""
        return [each for each in self.objects if each["kind"] in kinds]

    def get(self, kind: str, name: str) -> Manifest:
        """One object; a LookupError when it is not there."""
        return next(each for each in self.of(kind) if each["metadata"]["name"] == name)

    def names(self, kind: str) -> set[str]:
        """The names of a kind."""
        return {each["metadata"]["name"] for each in self.of(kind)}

    @cached_property
    def workloads(self) -> list[Workload]:
        """Everything that makes pods."""
        return [
            Workload(owner, template)
            for owner in self.objects
            if (template := _pod_template(owner)) is not None
        ]


def _pod_template(owner: Manifest) -> Manifest | None:
    match owner["kind"]:
        case "Pod":
            return owner
        case "CronJob":
            return dict(owner["spec"]["jobTemplate"]["spec"]["template"])
        case "Deployment" | "StatefulSet" | "DaemonSet" | "Job":
            return dict(owner["spec"]["template"])
    return None


def documents(text: str) -> Iterator[Manifest]:
    """Read a stream of manifests as Helm and kubectl do, which is not quite as PyYAML does."""
    for part in re.split(r"(?m)^---\s*$", text):
        if any(line.strip() and not line.lstrip().startswith("#") for line in part.splitlines()):
            yield helm_python.values_from_yaml(part)


class Charts:
    """The charts, their dependencies built from the working tree, or a copy of it, and nowhere else."""

    def __init__(self, folder: Path, sources: Path = CHARTS) -> None:
        self.folder = folder
        for name in NAMES:
            shutil.copytree(sources / name, folder / name, ignore=self._only_sources)
        for name in NAMES:
            if yaml.safe_load((folder / name / "Chart.yaml").read_text()).get("dependencies"):
                helm_python.dependency_build(folder / name)

    @staticmethod
    def _only_sources(folder: str, names: list[str]) -> list[str]:
        """Leave out what `make charts` built beside the sources."""
        return ["charts"] if "Chart.yaml" in names and "charts" in names else []

    def load(self, name: str) -> helm_python.Chart:
        """A chart in memory, for one use: a render takes out of it what the values switch off."""
        return helm_python.Chart.load(self.folder / name)

    def render(
        self, name: str, values: dict[str, Any] | None = None, release: tuple[str, str] | None = None
    ) -> Render:
        """Render a chart; the release has the name and the namespace of ``RELEASES`` unless others are given.

        Raises:
            helm_python.HelmValuesError: when its schema refuses the values.
            helm_python.HelmRenderError: when a template fails.
        """
        release_name, namespace = release or RELEASES[name]
        with self.load(name) as chart:
            files = chart.render(values or {}, name=release_name, namespace=namespace)
        notes = "".join(text for path, text in files.items() if path.endswith("NOTES.txt"))
        manifests = [text for path, text in sorted(files.items()) if not path.endswith("NOTES.txt")]
        objects = tuple(each for text in manifests for each in documents(text))
        return Render(namespace, objects, values or {}, notes)
