"""Programs that only note how they are called, in place of those that need a cluster."""

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """#!{python}
import json, pathlib, sys
folder, name = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
line = " ".join([name, *sys.argv[1:]])
with (folder / "calls").open("a") as calls:
    calls.write(line + chr(10))
for words, answer in json.loads((folder / "answers").read_text()):
    if words in line:
        sys.stdout.write(answer)
        break
"""


ROOT = Path(__file__).parents[2]


@dataclass
class Programs:
    """The fake programs.

    Attributes:
        folder: Where they and their notes lie.
        answers: Words of a command line and what it prints; the first that fits counts.
    """

    folder: Path
    answers: list[tuple[str, str]]

    def answer(self, words: str, document: Any) -> None:
        """Let commands with these words print a text, or a document as JSON."""
        text = document if isinstance(document, str) else json.dumps(document)
        self.answers.insert(0, (words, text))
        (self.folder / "answers").write_text(json.dumps(self.answers))

    def calls(self, words: str = "") -> list[str]:
        """The command lines so far that have the words."""
        noted = self.folder / "calls"
        return [line for line in noted.read_text().splitlines() if words in line] if noted.exists() else []

    def make(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run make in the tree, in an environment of its own; what is installed and packed stays as it is."""
        make = shutil.which("make", path=os.defpath)
        assert make
        place = {"PATH": f"{self.folder}:{os.defpath}", "HOME": str(self.folder)}
        keep = ("--old-file", ".venv/.synced", "--old-file", "charts")
        return subprocess.run(
            (make, *keep, *words),
            cwd=ROOT,
            env={**place, **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """kubectl, helm, kind, docker and cosign for a cluster on this machine that is empty."""
    for name in ("kubectl", "helm", "kind", "docker", "cosign"):
        path = tmp_path / name
        path.write_text(PROGRAM.format(python=sys.executable, folder=str(tmp_path)))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SKAFFOLD_KUBE_CONTEXT", raising=False)
    programs = Programs(tmp_path, [])
    programs.answer("config current-context", "kind-bunmart\n")
    programs.answer("helm --kube-context kind-bunmart list", [])
    return programs
