"""A copy of the tree to work in, and the way back: all that changed, or nothing."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

GENERATED = ("fmt", "proto", "mesh", "docs", "charts", "chart-docs", "golden")
"""The make targets that write what is generated, in the order in which one needs the other."""
STAMP = ".venv/.synced"


class CommandFailedError(Exception):
    """A command failed in the copy; the text is what it said."""


def listed(root: Path, work_tree: Path) -> set[Path]:
    """List the files that are committed, or that could be, in the tree or in a copy of it."""
    git = ("git", f"--git-dir={_git_folder(root)}", f"--work-tree={work_tree}")
    command = (*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found = subprocess.run(command, cwd=work_tree, check=True, capture_output=True, text=True).stdout
    paths = (Path(each) for each in found.split("\0") if each)
    return {path for path in paths if os.path.lexists(work_tree / path)}


def _git_folder(root: Path) -> str:
    command = ("git", "rev-parse", "--absolute-git-dir")
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def copy_files(paths: Iterable[Path], source: Path, target: Path) -> None:
    """Copy files, links as links."""
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, target / path, follow_symlinks=False)


def regenerate(copy: Path, *, binaries: Path, uv: Path) -> None:
    """Lock the packages and write everything that is generated, from the sources of the copy.

    Raises:
        CommandFailedError: One of the commands failed.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    sources = sorted(path for path in copy.glob("*/src")) + sorted(copy.glob("services/*/src"))
    environment["PYTHONPATH"] = os.pathsep.join([str(copy), *map(str, sources)])
    environment["PATH"] = f"{binaries}{os.pathsep}{environment['PATH']}"
    _run([uv, "lock", "--quiet"], copy, environment)
    _run([binaries / "python", "tools/charts.py", "--update"], copy, environment)
    # The libraries are those of the tree: nothing is installed for the copy.
    make = ["make", "--silent", f"--old-file={STAMP}", f"BIN={binaries}", f"PY={binaries / 'python'}"]
    for target in GENERATED:
        _run([*make, target], copy, environment)


def _run(command: list[str | Path], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise CommandFailedError(f"{words} failed:\n{done.stdout}{done.stderr}".rstrip())


def changed(root: Path, copy: Path) -> set[Path]:
    """Return the files that differ between the tree and its copy, new and deleted ones included."""
    before, after = listed(root, root), listed(root, copy)
    return (before ^ after) | {path for path in before & after if not _same(root / path, copy / path)}


def _same(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    return one.read_bytes() == other.read_bytes()


def take_over(paths: set[Path], root: Path, copy: Path, backup: Path) -> None:
    """Make the tree the same as the copy. When one file cannot be written, all are as before."""
    existing = {path for path in paths if os.path.lexists(root / path)}
    copy_files(existing, root, backup)
    try:
        _replace(paths, copy, root)
    except BaseException:
        _replace(paths, backup, root)
        raise


def _replace(paths: set[Path], source: Path, target: Path) -> None:
    for path in sorted(paths):
        if os.path.lexists(source / path):
            copy_files([path], source, target)
        elif os.path.lexists(target / path):
            (target / path).unlink()
            _remove_empty_folders((target / path).parent, target)


def _remove_empty_folders(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
