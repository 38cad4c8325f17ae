"""CHANGELOG.md is written from the commits, and refuses those that it could not place."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIT_CLIFF = Path(sys.executable).with_name("git-cliff")


def commit(repository: Path, *messages: str) -> None:
    for message in messages:
        git = (
            "git",
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@bunmart.local",
            "-c",
            "commit.gpgsign=false",
        )
        subprocess.run(
            (*git, "commit", "-q", "--allow-empty", "-m", message), cwd=repository, check=True, timeout=60
        )


def tag(repository: Path, name: str) -> None:
    subprocess.run(("git", "-c", "tag.gpgsign=false", "tag", name), cwd=repository, check=True, timeout=60)


def run(repository: Path) -> subprocess.CompletedProcess[str]:
    command = (GIT_CLIFF, "--config", ROOT / "cliff.toml")
    return subprocess.run(command, cwd=repository, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository without commits."""
    subprocess.run(("git", "init", "-q", "-b", "main", tmp_path), check=True, timeout=60)
    return tmp_path


def test_each_commit_that_somebody_notices_is_a_line_under_its_release(repository: Path) -> None:
    commit(
        repository, "feat(order): order numbers\n\nThe body.", "docs: a page", "test(order): more", "ci: less"
    )
    tag(repository, "v0.1.0")
    commit(repository, "fix(cart): an empty cart", "fix: a link", "perf: less")

    commit(
        repository,
        "refactor(user)!: no old tokens",
        "feat(product): no drafts\n\nBREAKING CHANGE: publish them",
    )

    sections = run(repository).stdout.split("\n## ")[1:]

    unreleased, released = (section.strip().splitlines() for section in sections)
    assert unreleased == [
        "Not yet released",
        "",
        "### Breaking",
        "",
        "- **product**: no drafts",
        "- **user**: no old tokens",
        "",
        "### Fixed",
        "",
        "- **cart**: an empty cart",
        "- a link",
        "",
        "### Faster",
        "",
        "- less",
    ]
    assert released[0].startswith("v0.1.0, ")
    assert released[1:] == [
        "",
        "### Added",
        "",
        "- **order**: order numbers",
        "",
        "### Documented",
        "",
        "- a page",
    ]


def test_a_commit_of_another_form_is_refused(repository: Path) -> None:
    commit(repository, "feat: a page", "some things")

    done = run(repository)

    assert done.returncode != 0
    assert "conventional" in done.stderr
