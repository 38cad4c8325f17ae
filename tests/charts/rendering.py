"""Charts built in a scratch folder and rendered in this process, by Helm's own engine."""

import json
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

JWKS = json.dumps(
    {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "alg": "ES256",
                "use": "sig",
                "kid": "one",
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            }
        ]
    }
)
"""A public key, the one of RFC 7517's first example."""

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
class Case:
    """A chart with a file of values; without one, with its defaults."""

    chart: str
    values_file: Path | None = None

    @property
    def name(self) -> str:
        """``bunmart/dev``, ``development``."""
        return f"{self.chart}/{self.values_file.stem}" if self.values_file else self.chart

    @property
    def files(self) -> list[Path]:
        """The file with the one below it: dev-istio.yaml is laid over dev.yaml."""
        if self.values_file is None:
            return []
        below = self.values_file.with_stem(self.values_file.stem.partition("-")[0])
        return (
            [below, self.values_file] if below != self.values_file and below.exists() else [self.values_file]
        )

    @property
    def values(self) -> dict[str, Any]:
        """The values of the files, and the public keys that a chart else looks up in its cluster."""
        values: dict[str, Any] = {}
        for path in self.files:
            values = merge(values, helm_python.values_from_yaml(path.read_text()))
        shared = values.get("global", {})
        if shared.get("mesh", {}).get("provider") == "istio":
            shared.setdefault("jwt", {}).setdefault("jwks", JWKS)
        return values


EXAMPLES = tuple(
    Case(name, path) for name in NAMES for path in sorted((CHARTS / name / "examples").glob("*.yaml"))
)
CASES = (*EXAMPLES, *(Case(name) for name in NAMES if name != "service"))
"""Whatever an operator can install as it stands. charts/service is no chart for itself: its parents render it."""


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
    """The charts, their dependencies built from the working tree and nowhere else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: dict[str, helm_python.Chart] = {}
        for name in NAMES:
            shutil.copytree(CHARTS / name, folder / name, ignore=self._only_sources)
        for name in NAMES:
            if yaml.safe_load((folder / name / "Chart.yaml").read_text()).get("dependencies"):
                helm_python.dependency_build(folder / name)

    @staticmethod
    def _only_sources(folder: str, names: list[str]) -> list[str]:
        """Leave out what `make charts` built beside the sources."""
        return ["charts"] if "Chart.yaml" in names and "charts" in names else []

    def load(self, name: str) -> helm_python.Chart:
        """A chart in memory, loaded once."""
        if name not in self._loaded:
            self._loaded[name] = helm_python.Chart.load(self.folder / name)
        return self._loaded[name]

    def render(self, name: str, values: dict[str, Any] | None = None) -> Render:
        """Render a chart.

        Raises:
            helm_python.HelmValuesError: when its schema refuses the values.
            helm_python.HelmRenderError: when a template fails.
        """
        release, namespace = RELEASES[name]
        files = self.load(name).render(values or {}, name=release, namespace=namespace)
        notes = "".join(text for path, text in files.items() if path.endswith("NOTES.txt"))
        manifests = [text for path, text in sorted(files.items()) if not path.endswith("NOTES.txt")]
        objects = tuple(each for text in manifests for each in documents(text))
        return Render(namespace, objects, values or {}, notes)
