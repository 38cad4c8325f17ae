"""Does the steps of a release that follow the build: ``python tools/release.py check 0.2.0``.

Images and charts carry one version, which is the tag's, ``v0.2.0``: the default tag of the images is the
chart's ``appVersion``.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHARTS = sorted((ROOT / "charts").glob("*/Chart.yaml"))
DIST = ROOT / "dist"
# charts/service lies in the package of charts/bunmart.
INNER = {"service"}
VERSIONS = re.compile(r"(?m)(^(?:version|appVersion): |\{name: service, alias: \w+, version: )[^\s,]+")
PROJECT = re.compile(r'(?m)^(version = ")[^"]+')


def check(version: str) -> None:
    """Fail unless all charts and the project have the version."""
    wrong = [
        str(path.relative_to(ROOT))
        for path, pattern in versioned()
        if {match.group()[len(match.group(1)) :] for match in pattern.finditer(path.read_text())} != {version}
    ]
    if wrong:
        sys.exit(f"not {version}: {', '.join(wrong)}. `make release-version version={version}` mends it.")


def write(version: str) -> None:
    """Give all charts and the project the version."""
    for path, pattern in versioned():
        path.write_text(pattern.sub(rf"\g<1>{version}", path.read_text()))


def versioned() -> list[tuple[Path, re.Pattern[str]]]:
    """The files that hold the version, and the form that it has there."""
    return [*((path, VERSIONS) for path in CHARTS), (ROOT / "pyproject.toml", PROJECT)]


def images(_: str) -> None:
    """Write ``dist/images.txt``, ``name@digest`` a line, from what buildx noted in ``dist/images``."""
    noted = [json.loads(path.read_text()) for path in sorted((DIST / "images").glob("*.json"))]
    if not noted:
        sys.exit("dist/images has no metadata of buildx: make images-push")
    lines = [f"{untagged(each['image.name'])}@{each['containerimage.digest']}" for each in noted]
    (DIST / "images.txt").write_text("\n".join(lines) + "\n")


def untagged(image: str) -> str:
    """Return the name without its tag; the port of a registry is not a tag."""
    return re.sub(r":[^:/]+$", "", image)


def charts(registry: str) -> None:
    """Pack the charts, push them to ``oci://<registry>/charts``, note digests in ``dist/charts.txt``."""
    folder = DIST / "charts"
    lines = []
    for path in CHARTS:
        if path.parent.name in INNER:
            continue
        packed = (
            run("helm", "package", str(path.parent), "--destination", str(folder)).strip().rpartition(" ")[2]
        )
        pushed = run("helm", "push", packed, f"oci://{registry}/charts")
        (digest,) = re.findall(r"Digest: (sha256:[0-9a-f]{64})", pushed)
        lines.append(f"{registry}/charts/{path.parent.name}@{digest}")
    (DIST / "charts.txt").write_text("\n".join(lines) + "\n")


def sign(_: str) -> None:
    """Sign each image and chart with the identity of the workflow: keyless, see https://docs.sigstore.dev."""
    names = [name for noted in ("images.txt", "charts.txt") for name in (DIST / noted).read_text().split()]
    for name in names:
        run("cosign", "sign", "--yes", name)


def run(*command: str) -> str:
    """Run a command and return all that it says; helm tells the digest on standard error."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


ACTIONS: dict[str, Callable[[str], None]] = {
    "check": check,
    "write": write,
    "images": images,
    "charts": charts,
    "sign": sign,
}


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=tuple(ACTIONS))
    parser.add_argument("argument", nargs="?", default="", help="the version, or for charts the registry")
    chosen = parser.parse_args()
    ACTIONS[chosen.action](chosen.argument)


if __name__ == "__main__":
    main()
