"""The process that hands tests out reads no conftest file; those that run tests read all of them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFTEST = """
import os, pathlib, pytest

with pathlib.Path(__file__).with_name("readers").open("a") as readers:
    readers.write(os.environ.get("PYTEST_XDIST_WORKER", "alone") + " ")

@pytest.fixture
def answer():
    return 42
"""


def readers(folder: Path, *processes: str) -> list[str]:
    """Run a test that needs its conftest; return who read it."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_answer.py").write_text("def test_answer(answer):\n    assert answer == 42\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    # A configuration of its own, so that its paths are not those of this repository.
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.light_controller", *processes, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    return (folder / "readers").read_text().split()


def test_only_those_who_run_tests_read_conftests(tmp_path: Path) -> None:
    assert readers(tmp_path, "-n", "1") == ["gw0"]


def test_one_process_reads_them_itself(tmp_path: Path) -> None:
    assert readers(tmp_path) == ["alone"]
