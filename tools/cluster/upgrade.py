"""Installs an earlier release and upgrades it to this tree under load: ``tests/cluster/test_upgrade.py``.

The earlier release is checked out beside this tree and installed by its own make targets, with images built
from its own sources: nothing is taken from a registry.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.cluster.commands import Target, ToolError, main, parser, run, show

FOLDER = Path(".local/upgrade")
BEFORE = "upgrade-from"
AFTER = "upgrade-to"


def last_release() -> str:
    """Return the newest tag ``v*`` before this commit, or an empty text.

    Raises:
        ToolError: git does not answer; that is not the same as no release.
    """
    tags = run(
        "git",
        "-c",
        "versionsort.suffix=-",
        "tag",
        "--list",
        "v*",
        "--merged",
        "HEAD^",
        "--sort",
        "-version:refname",
    )
    return tags.partition("\n")[0]


def check_out(release: str) -> None:
    """Check the release's sources out."""
    if FOLDER.exists():
        run("git", "worktree", "remove", "--force", str(FOLDER))
    shutil.rmtree(FOLDER, ignore_errors=True)
    run("git", "worktree", "prune")
    run("git", "worktree", "add", "--detach", str(FOLDER), release)


def settings(provider: str) -> str:
    """Return the flags that set two of each part of the earlier release and a drain as long as kubeadm's.

    With two of a part, one serves while the other is replaced.
    """
    services = [path.parent.name for path in FOLDER.glob("services/*/skaffold.yaml")]
    parts = [*sorted(services), "bff", *(["edge"] if provider == "envoy" else [])]
    drain = {"preStopSeconds": 40, "drainSeconds": 3, "graceSeconds": 20}
    values = {f"global.drain.{name}": seconds for name, seconds in drain.items()}
    values |= {"edge.preStopSeconds": 45, **{f"{part}.replicas": 2 for part in parts}}
    return " ".join(f"--set {name}={value}" for name, value in values.items())


def work() -> None:
    """Read the command line.

    Raises:
        ToolError: the release is unknown, or a request failed during the upgrade.
    """
    options = parser(__doc__)
    options.add_argument("--provider", choices=("envoy", "istio"), default="envoy")
    options.add_argument(
        "--from", dest="release", default="", help="tag of the release; by default the last one"
    )
    chosen = options.parse_args()
    release = chosen.release or last_release()
    if not release:
        print("There is no earlier release, so there is nothing to upgrade from.")
        return
    context = Target.choose(chosen.context).context
    common = (f"PROVIDER={chosen.provider}", f"CONTEXT={context}")
    check_out(release)
    images = ("images", "images-load")
    there = ("make", "-C", str(FOLDER), *common)
    show(
        *there,
        *images,
        "cluster-namespaces",
        "cluster-development",
        "install",
        f"tag={BEFORE}",
        f"INSTALL_FLAGS={settings(chosen.provider)}",
    )
    show("make", *common, *images, f"tag={AFTER}")
    environment = {
        "BUNMART_CLUSTER_CONTEXT": context,
        "BUNMART_CLUSTER_PROVIDER": chosen.provider,
        "BUNMART_UPGRADE_FROM": release,
        "BUNMART_IMAGE_TAG": BEFORE,
        "BUNMART_NEXT_IMAGE_TAG": AFTER,
        "BUNMART_CLUSTER_VALUES": "k8s/values/kubeadm-drain.yaml",
    }
    test = (sys.executable, "-m", "pytest", "-v", "--timeout", "1800", "tests/cluster/test_upgrade.py")
    if subprocess.run(test, env={**os.environ, **environment}, check=False).returncode != 0:
        raise ToolError(f"the upgrade from {release} was noticed")


if __name__ == "__main__":
    sys.exit(main(work))
