"""The workflows in .github run what everybody can run: make targets, and actions that cannot change."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import make_targets, make_variable

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
FILES = sorted(WORKFLOWS.glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
MAKE = re.compile(
    r"make(?: +[\w-]+=(?:\"[^\"]*\"|\S+))*(?P<targets>(?: +[a-z][\w-]*)+)(?: +[\w-]+=(?:\"[^\"]*\"|\S+))*"
)
TOKEN = re.compile(r"github\.token|secrets\b", re.IGNORECASE)
# Of a job, instead of its workflow's; all others only read the repository.
PERMISSIONS = {
    ("release", "publish"): {"contents": "read", "packages": "write", "id-token": "write"},
    ("release", "release"): {"contents": "write"},
}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@dataclass(frozen=True)
class Step:
    """One step of a job."""

    job: str
    body: dict[str, Any]

    @property
    def command(self) -> str:
        """What it runs in a shell."""
        return str(self.body.get("run", ""))


def read(path: Path) -> dict[Any, Any]:
    """Read a workflow; YAML 1.1 takes its key ``on`` for true."""
    workflow = yaml.safe_load(path.read_text())
    assert isinstance(workflow, dict)
    return workflow


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow by their names."""
    return dict(read(path)["jobs"])


def steps(path: Path) -> Iterator[Step]:
    """Yield all steps of all jobs."""
    for name, job in jobs(path).items():
        for step in job.get("steps", ()):
            yield Step(name, step)


def test_there_are_workflows() -> None:
    assert FILES


@each_file
def test_every_command_is_a_make_target_that_exists(path: Path) -> None:
    targets = make_targets()
    for step in steps(path):
        for line in filter(None, (line.strip() for line in step.command.splitlines())):
            found = MAKE.fullmatch(line)

            assert found, f"{step.job}: `{line}` is no make target"
            assert set(found["targets"].split()) <= targets, f"{step.job}: `{line}`"


@each_file
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    used = [str(step.body["uses"]) for step in steps(path) if "uses" in step.body]
    used += [str(job["uses"]) for job in jobs(path).values() if "uses" in job]

    assert [each for each in used if not each.startswith("./") and not PINNED.fullmatch(each)] == []


@each_file
def test_a_pinned_action_says_its_version(path: Path) -> None:
    lines = [
        line.strip() for line in path.read_text().splitlines() if re.search(r"uses: \S+@[0-9a-f]{40}", line)
    ]

    assert [line for line in lines if not re.search(r" # v\d+(\.\d+)*$", line)] == []


@each_file
def test_a_workflow_asks_for_no_more_than_it_needs(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("permissions", {}) == PERMISSIONS.get((path.stem, name), {}), name


def test_every_permission_is_of_a_job_that_exists() -> None:
    assert set(PERMISSIONS) <= {(path.stem, name) for path in FILES for name in jobs(path)}


@each_file
def test_a_token_is_given_to_the_step_that_needs_it(path: Path) -> None:
    shared = [read(path).get("env", {}), *(job.get("env", {}) for job in jobs(path).values())]
    tokens = [
        (each.job, *each.command.split())
        for each in steps(path)
        if TOKEN.search(str(each.body.get("env", {})))
    ]

    assert TOKEN.search(str(shared)) is None
    assert tokens == ([("release", "make", "github-release")] if path.stem == "release" else [])


def test_nothing_is_published_before_every_check_has_passed() -> None:
    release = jobs(WORKFLOWS / "release.yml")
    checks = {name: job["uses"] for name, job in release.items() if "uses" in job}

    assert checks == {name: f"./.github/workflows/{name}.yml" for name in ("ci", "cluster")}
    # YAML's `on`.
    assert all("workflow_call" in read(WORKFLOWS / f"{name}.yml")[True] for name in checks)
    assert set(release["publish"]["needs"]) == set(checks)
    assert release["release"]["needs"] == "publish"
    assert {name for (_, name) in PERMISSIONS} == set(release) - set(checks)


def test_make_check_is_what_continuous_integration_checks() -> None:
    commands = [each.command for each in steps(WORKFLOWS / "ci.yml") if each.job == "check"]

    checks = [f"make {each}" for each in make_variable("CHECKS")]

    assert [*filter(None, commands)] == ["make setup", *checks]


def test_skaffold_is_there_where_its_tests_run() -> None:
    commands = [each.command for each in steps(WORKFLOWS / "ci.yml") if each.job == "skaffold"]
    tests = "make test args=tests/k8s/test_skaffold.py"

    assert commands.index("make skaffold") < commands.index(tests)


@each_file
def test_every_job_ends_some_time(path: Path) -> None:
    assert [
        name for name, job in jobs(path).items() if "uses" not in job and "timeout-minutes" not in job
    ] == []


@each_file
def test_no_input_of_a_stranger_reaches_a_shell(path: Path) -> None:
    """https://docs.github.com/actions/security-guides/security-hardening-for-github-actions."""
    assert [each.command for each in steps(path) if "${{" in each.command] == []
