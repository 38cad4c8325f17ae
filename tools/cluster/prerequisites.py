"""Installs what ``k8s/prerequisites.yaml`` asks for.

``python -m tools.cluster.prerequisites --provider istio`` may be repeated: a release that has this version
and these values is left alone without asking its repository, and so is what somebody else has installed. A
manifest has no release: the version is an annotation of its objects, and the field manager of the annotation
tells whether this tool has applied it.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.cluster.commands import Target, ToolError, main, parser, show

LIST = Path("k8s/prerequisites.yaml")
VALUES = Path("k8s/values")
SKIP = "skip"
MANAGER = "bunmart"


@dataclass(frozen=True)
class Prerequisite:
    """An entry of the list; its head describes the fields."""

    name: str
    wanted: tuple[str, ...]
    provides: str
    manifest: str = ""
    annotation: str = ""
    chart: str = ""
    repository: str = ""
    version: str = ""
    namespace: str = ""
    values: str = ""
    without_cni: str = ""

    @property
    def chart_label(self) -> str:
        """The chart and its version, as ``helm list`` names them."""
        return f"{self.chart.rpartition('/')[2]}-{self.version}"

    @property
    def address(self) -> str:
        """The address of the manifest."""
        return self.manifest.format(version=self.version)

    def settings(self, *, cni: bool) -> list[str]:
        """Return the arguments of ``--set`` that are used beside the values file."""
        return [] if cni or not self.without_cni else [self.without_cni]


def read() -> list[Prerequisite]:
    """Return the list, in the order of installation."""
    entries: list[dict[str, Any]] = yaml.safe_load(LIST.read_text())
    return [
        Prerequisite(
            **{key.replace("-", "_"): value for key, value in entry.items()}
            | {"wanted": tuple(entry["wanted"])}
        )
        for entry in entries
    ]


def choose(entries: list[Prerequisite], words: set[str], *, cni: bool) -> list[Prerequisite]:
    """Return the entries that one of the words asks for.

    Raises:
        ToolError: a word that no entry knows.
    """
    known = {word for entry in entries for word in entry.wanted} | {"envoy"}
    if unknown := words - known:
        raise ToolError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    chosen = [entry for entry in entries if words & set(entry.wanted)]
    return chosen if cni else [entry for entry in chosen if entry.without_cni != SKIP]


def is_current(target: Target, entry: Prerequisite, releases: dict[str, Any], settings: list[str]) -> bool:
    """Return True when the release has the version and the values that the list asks for."""
    release = releases.get(entry.name)
    if release is None or release["status"] != "deployed" or release["chart"] != entry.chart_label:
        return False
    has = json.loads(target.helm("get", "values", entry.name, "-n", entry.namespace, "-o", "json"))
    return bool((has or {}) == with_settings(yaml.safe_load((VALUES / entry.values).read_text()), settings))


def with_settings(values: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    """Return the values with the settings applied; a setting has the form ``path.to=bool``."""
    for setting in settings:
        path, _, value = setting.partition("=")
        *parents, last = path.split(".")
        inner = values
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value == "true"
    return values


def numbers(version: str) -> tuple[int, ...]:
    """Return ``v1.6.1`` as numbers that can be compared; an empty tuple when it is not a release."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else ()


def managers(metadata: dict[str, Any], annotation: str) -> set[str]:
    """Return the field managers that have set an annotation, as the API server noted them."""
    return {
        each["manager"]
        for each in metadata.get("managedFields", ())
        if f"f:{annotation}" in each["fieldsV1"].get("f:metadata", {}).get("f:annotations", {})
    }


def why_manifest_stays(target: Target, entry: Prerequisite) -> str:
    """Return the reason to leave a manifest alone; empty when it is missing, or an earlier one of ours."""
    found = target.kubectl("get", entry.provides, "--ignore-not-found", "--show-managed-fields", "-o", "json")
    if not found.strip():
        return ""
    metadata = json.loads(found)["metadata"]
    has = metadata.get("annotations", {}).get(entry.annotation, "")
    if has == entry.version:
        return f"{has} is there"
    # Applying it would take the annotation away from another manager that has set it.
    if managers(metadata, entry.annotation) != {MANAGER}:
        return f"{has} there already, not installed from here; left alone".strip()
    if not numbers(has) or numbers(has) > numbers(entry.version):
        return f"{has} is there, not earlier than {entry.version}; left alone"
    return ""


def exists(target: Target, entry: Prerequisite) -> bool:
    """Return True when the object that the entry would provide is there."""
    where = ("-n", entry.namespace) if entry.namespace else ()
    return bool(target.kubectl("get", entry.provides, *where, "--ignore-not-found", "-o", "name").strip())


def install(target: Target, entry: Prerequisite, settings: list[str]) -> None:
    """Install or upgrade, and wait until it is ready."""
    if entry.manifest:
        # Server side: these CRDs are larger than the annotation that a client-side apply keeps.
        apply = ("apply", "--server-side", f"--field-manager={MANAGER}", "-f", entry.address)
        show("kubectl", "--context", target.context, *apply)
        target.kubectl("wait", "--for=condition=Established", entry.provides, "--timeout=60s")
        return
    where = ("--repo", entry.repository) if entry.repository else ()
    more = [word for setting in settings for word in ("--set", setting)]
    show(
        *("helm", "--kube-context", target.context, "upgrade", "--install", entry.name, entry.chart, *where),
        *("--version", entry.version, "--namespace", entry.namespace, "--create-namespace"),
        *("--values", str(VALUES / entry.values), *more, "--wait", "--timeout", "10m"),
    )


def why_release_stays(
    target: Target, entry: Prerequisite, releases: dict[str, Any], settings: list[str]
) -> str:
    """Return the reason to leave a chart alone; empty when it is missing, or ours and different."""
    if is_current(target, entry, releases, settings):
        return f"{entry.version} is there"
    if entry.name not in releases and exists(target, entry):
        return "there already, not installed from here; left alone"
    return ""


def bring(target: Target, entries: list[Prerequisite], *, cni: bool) -> None:
    """Install what is missing or differs."""
    listed = json.loads(target.helm("list", "--all-namespaces", "-o", "json")) if entries else []
    for entry in entries:
        releases = {release["name"]: release for release in listed if release["namespace"] == entry.namespace}
        settings = entry.settings(cni=cni)
        stays = (
            why_manifest_stays(target, entry)
            if entry.manifest
            else why_release_stays(target, entry, releases, settings)
        )
        print(f"{entry.name}: {stays or f'installing {entry.version}'}", flush=True)
        if not stays:
            install(target, entry, settings)


def work() -> None:
    """Read the command line."""
    options = parser(__doc__)
    options.add_argument("--provider", choices=("envoy", "istio"), default="envoy")
    options.add_argument(
        "--with", dest="more", default="", help="further words of the list, by commas or spaces"
    )
    options.add_argument("--istio-cni", choices=("true", "false"), default="true")
    chosen = options.parse_args()
    cni = chosen.istio_cni == "true"
    words = {chosen.provider, *chosen.more.replace(",", " ").split()}
    entries = choose(read(), words, cni=cni)
    if not entries:
        print(f"The provider {chosen.provider} needs nothing in the cluster.")
        return
    bring(Target.choose(chosen.context), entries, cni=cni)


if __name__ == "__main__":
    sys.exit(main(work))
