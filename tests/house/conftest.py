"""A scratch clone whose installation steps are real, but install next to nothing."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.support import make_variable, until

ROOT = Path(__file__).parents[2]
FILES = ("Makefile", "k8s/cluster.mk", "tools/bootstrap.py", "uv.lock", "pyproject.toml")
UV = """\
# Stands in for uv: notes each call, and makes a .venv when the test lets it.
if [ "$1" = --version ]; then echo "uv {version}"; exit; fi
[ ! -e "{folder}/broken" ] || exit 1
echo "$1" >>"{folder}/calls"
while [ ! -e "{folder}/go" ]; do sleep 0.05; done
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "$@"\\n' >.venv/bin/python
chmod +x .venv/bin/python
"""


def program(path: Path, script: str) -> None:
    """Write a program for the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@dataclass
class Clone:
    """A fresh clone, and the makes that run in it.

    Attributes:
        tree: The clone.
        outside: A folder for what does not belong into a clone.
    """

    tree: Path
    outside: Path
    makes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    version: str = field(default_factory=lambda: make_variable("UV_VERSION")[0])

    @property
    def uv(self) -> str:
        """The program that stands in for uv."""
        return UV.format(version=self.version, folder=self.outside)

    def offer_uv(self) -> None:
        """Put uv where pip finds it."""
        index = self.outside / "index"
        index.mkdir()
        wheel_of_uv(index, self.version, self.uv)

    def install_uv(self) -> None:
        """Save the seconds of a virtual environment and of pip."""
        program(self.tree / ".local" / "bootstrap" / "bin" / "uv", self.uv)

    def make(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start make in a process group of its own, as a shell does."""
        make = shutil.which("make", path=os.defpath)
        assert make
        environment = {
            "PATH": f"{self.outside / 'bin'}:{os.defpath}",
            "HOME": str(self.outside),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.outside / "index"),
        }
        with self.log(len(self.makes)).open("wb") as log:
            started = subprocess.Popen(
                (make, *words), cwd=self.tree, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.makes.append(started)
        return started

    def log(self, number: int) -> Path:
        return self.outside / f"make-{number}.log"

    def says(self, number: int) -> str:
        """All that the make of this number has printed."""
        return self.log(number).read_text()

    def go(self) -> None:
        """Let uv come to its end."""
        (self.outside / "go").touch()

    def installs(self) -> int:
        """How often libraries were installed."""
        noted = self.outside / "calls"
        return noted.read_text().split().count("sync") if noted.exists() else 0

    def bootstrap_of(self, make: "subprocess.Popen[bytes]") -> psutil.Process:
        """The process of tools/bootstrap.py that a make has started."""
        children = psutil.Process(make.pid).children(recursive=True)
        return next(each for each in children if each.cmdline()[1:2] == ["tools/bootstrap.py"])

    async def until_says(self, number: int, text: str) -> None:
        await until(lambda: text in self.says(number), timeout=60)

    async def until_installs(self) -> None:
        await until(lambda: self.installs() > 0, timeout=60)


def wheel_of_uv(index: Path, version: str, script: str) -> None:
    """Write a package that pip installs as uv."""
    about = f"uv-{version}.dist-info"
    with zipfile.ZipFile(index / f"uv-{version}-py3-none-any.whl", "w") as wheel:
        file = zipfile.ZipInfo(f"uv-{version}.data/scripts/uv")
        file.external_attr = (stat.S_IFREG | 0o755) << 16
        wheel.writestr(file, f"#!/bin/sh\n{script}")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """Nothing is installed in it. What runs in it at the end of the test is stopped."""
    tree, outside = tmp_path / "clone", tmp_path / "outside"
    outside.mkdir()
    for name in FILES:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    for name in ("gen", "bff", "mesh", "dev"):
        (tree / name).mkdir()
        (tree / name / "pyproject.toml").touch()
    program(outside / "bin" / "python3", f'exec "{sys.executable}" "$@"')
    clone = Clone(tree, outside)
    yield clone
    clone.go()
    for each in clone.makes:
        each.wait(60)
