"""The dev image's command, around a service that only tells what happens to it."""

import compileall
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bunmart_chassis import reload

from tests.images import dockerfile

SERVICE = """
import signal, sys, time
from bunmart_chassis.word import WORD

def drain(*_):
    time.sleep(0.2)
    print("drained", WORD, flush=True)
    sys.exit()

signal.signal(signal.SIGTERM, drain)
print("started", WORD, flush=True)
while True:
    time.sleep(60)
"""


class Container:
    """The processes and the code of a dev container."""

    def __init__(self, folder: Path) -> None:
        self.code = folder / "app" / "services" / "chassis" / "src" / "bunmart_chassis"
        self.output = folder / "output"
        self.code.mkdir(parents=True)
        (folder / "app" / "gen" / "src").mkdir(parents=True)
        (self.code / "__init__.py").touch()
        (self.code / "__main__.py").write_text(SERVICE)
        shutil.copy(str(reload.__file__), self.code)
        self.edit("one")
        # As the image is built.
        mode = py_compile.PycInvalidationMode.CHECKED_HASH
        compileall.compile_dir(self.code, quiet=1, invalidation_mode=mode)
        self.process = self._run(folder / "app")

    def _run(self, app: Path) -> subprocess.Popen[bytes]:
        python, *words = dockerfile.command("dev")
        assert python == "python"
        environment = {**os.environ, **dockerfile.environment("dev"), "PATH": os.environ["PATH"]}
        with self.output.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, *(word.replace("/app/", f"{app}/") for word in words)],
                env={**environment, "PYTHONPATH": str(self.code.parent)},
                stdout=output,
                stderr=subprocess.DEVNULL,
            )

    def edit(self, word: str) -> None:
        """Write a file of the same size and time, as tar does, so that only its content is new."""
        path = self.code / "word.py"
        path.write_text(f'WORD = "{word}"\n')
        os.utime(path, (1_000_000_000, 1_000_000_000))

    def spoil(self) -> None:
        (self.code / "word.py").write_text("WORD = (\n")

    def waits_for(self, *lines: str) -> None:
        """Wait until these lines, and nothing else, have been said."""
        deadline = time.monotonic() + 20
        while self.output.read_text().splitlines() != list(lines):
            assert time.monotonic() < deadline, self.output.read_text()
            assert self.process.poll() is None
            time.sleep(0.02)

    def waits_for_its_watch(self) -> None:
        """Wait until changes are seen, which begins after the first start."""
        descriptors = Path(f"/proc/{self.process.pid}/fdinfo")
        if not descriptors.is_dir():
            time.sleep(1)
            return
        while not any("inotify wd:" in each.read_text() for each in descriptors.iterdir()):
            assert self.process.poll() is None
            time.sleep(0.02)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    container = Container(tmp_path)
    container.waits_for("started one")
    container.waits_for_its_watch()
    yield container
    container.process.terminate()
    container.process.wait()


def test_an_edit_drains_the_process_and_starts_the_next_one(container: Container) -> None:
    container.edit("two")

    container.waits_for("started one", "drained one", "started two")


def test_an_edit_that_does_not_compile_waits_for_the_next_one(container: Container) -> None:
    container.spoil()
    container.waits_for("started one", "drained one")
    time.sleep(0.5)
    assert container.process.poll() is None

    container.edit("two")

    container.waits_for("started one", "drained one", "started two")


def test_a_run_imports_little_but_our_own_code() -> None:
    code = f"""
import importlib, sys
for name in {reload.LIBRARIES}:
    importlib.import_module(name)
libraries = set(sys.modules)
import bunmart_product.__main__
new = {{name for name in sys.modules if "site-packages" in str(getattr(sys.modules[name], "__file__", ""))}}
print(len(new & libraries), len(new - libraries))
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, after = map(int, output.split())

    assert before > 500
    assert after < before / 10


def test_the_end_of_the_pod_drains_the_process(container: Container) -> None:
    container.process.send_signal(signal.SIGTERM)

    assert container.process.wait(10) == 0
    assert container.output.read_text().splitlines() == ["started one", "drained one"]
