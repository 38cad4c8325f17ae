"""``make service``, in a copy of the tree: what it makes is whole, and what it refuses changes nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest
from bunmart.user.v1.user_pb2 import ValidateUserResponse
from bunmart_dev.free_ports import free_port
from bunmart_dev.ports import PARTS
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.charts.rendering import Charts
from tests.charts.validation import NEWEST, problems
from tests.dev.process_support import running_program
from tests.support import Databases, FakePeers, Tokens
from tools.new_service.names import NameRefusedError, Names, check_names
from tools.new_service.tree import copy_files, listed, take_over

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
UV = ROOT / ".local" / "bootstrap" / "bin" / "uv"
NAME, NOUN = "newcomer", "specimen"
"""Names that a real service will hardly have: this test runs beside those that were made."""
GENERIC = (
    *("tests/contract", "tests/mesh/test_policy.py", "tests/mesh/test_docs.py", "tests/k8s/test_skaffold.py"),
    *("tests/images/test_dockerfile.py", "tests/docs/test_settings.py"),
)
"""Tests that find every service by themselves, the new one too."""


@dataclass(frozen=True)
class Tree:
    """A copy of this repository, whose programs run from its own sources."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the copy's sources come before the installed ones."""
        sources = [*self.folder.glob("*/src"), *self.folder.glob("services/*/src")]
        return {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(map(str, [self.folder, *sources])),
            "MYPYPATH": os.pathsep.join(map(str, sources)),
            "UV": str(UV),
        }

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy."""
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def make_service(self, *names: str) -> subprocess.CompletedProcess[str]:
        """Run what ``make service`` runs."""
        return self.run(sys.executable, "-m", "tools.new_service", *names)

    def status(self) -> str:
        """Return what is not as it was when the copy was made."""
        return self.run("git", "status", "--short").stdout


def assert_passes(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def copy_of_the_tree(folder: Path) -> Tree:
    copy_files(listed(ROOT, ROOT), ROOT, folder)
    tree = Tree(folder)
    assert_passes(tree.run("git", "init", "--quiet"))
    assert_passes(tree.run("git", "add", "--all"))
    identity = ("-c", "user.name=test", "-c", "user.email=test@bunmart.local")
    assert_passes(tree.run("git", *identity, "commit", "--quiet", "--no-verify", "--message", "copy"))
    return tree


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy in which nothing may change."""
    return copy_of_the_tree(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """A copy with a new service."""
    folder = tmp_path_factory.mktemp("made")
    tree = copy_of_the_tree(folder)
    assert_passes(tree.make_service(NAME, NOUN))
    yield tree
    shutil.rmtree(folder)


def test_it_is_formatted_and_keeps_the_rules(made: Tree) -> None:
    assert_passes(made.run("ruff", "format", "--check"))
    assert_passes(made.run("ruff", "check"))
    assert_passes(made.run("lint-imports", "--no-cache", "--no-logo"))
    assert_passes(made.run("buf", "lint"))


def test_its_types_are_strict(made: Tree) -> None:
    assert_passes(made.run("mypy", "--strict", f"services/{NAME}/src", f"tests/services/{NAME}"))


def test_its_own_tests_pass(made: Tree) -> None:
    assert_passes(made.run("pytest", "-q", f"tests/services/{NAME}"))


def test_it_passes_the_tests_that_every_service_passes(made: Tree) -> None:
    names = f"{NAME} or policy or docs or dockerfile or settings or root_requires"

    done = made.run("pytest", "-q", "-k", names, *GENERIC)

    assert_passes(done)


def test_the_charts_run_it(made: Tree, tmp_path: Path) -> None:
    charts = Charts(tmp_path, made.folder / "charts")

    shop, development = charts.render("bunmart"), charts.render("development")

    assert [text for each in (*shop.objects, *development.objects) for text in problems(each, NEWEST)] == []
    assert {f"Deployment/{NAME}", "Deployment/order"} <= {each.name for each in shop.workloads}
    assert NAME in shop.names("NetworkPolicy") & shop.names("Service") & shop.names("ServiceAccount")
    assert f"{NAME}-database" in str(development.objects)


async def test_it_starts_and_answers(
    made: Tree, databases: Databases, peers: FakePeers, tokens: Tokens
) -> None:
    peers.answer("ValidateUser", ValidateUserResponse(valid=True))
    http, rpc = free_port(), free_port()
    environment = {
        **made.environment,
        "BUNMART_HTTP_PORT": str(http),
        "BUNMART_GRPC_PORT": str(rpc),
        "BUNMART_DATABASE_URL": databases.url(await databases.create_empty()),
        "BUNMART_PEER_TARGET": peers.target,
        "BUNMART_JWKS_FILE": str(tokens.jwks_file),
        "BUNMART_DRAIN_SECONDS": "0",
    }
    url = f"http://127.0.0.1:{http}"

    async with (
        running_program(f"bunmart_{NAME}", environment, f"{url}/health/ready"),
        httpx.AsyncClient(base_url=url) as client,
        grpc.aio.insecure_channel(f"127.0.0.1:{rpc}") as channel,
    ):
        body = {"title": "Ten buns"}
        created = await client.post(f"/api/{NOUN}s", json=body, headers=tokens.auth("customer"))
        assert (created.status_code, created.json()["title"]) == (201, "Ten buns")
        assert await reflected(channel) >= {
            f"bunmart.{NAME}.v1.{NAME.capitalize()}Service",
            "grpc.health.v1.Health",
        }


async def reflected(channel: grpc.aio.Channel) -> set[str]:
    """Ask a server's reflection for its services."""
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    async for answer in stub.ServerReflectionInfo(iter([question])):
        return {each.name for each in answer.list_services_response.service}
    raise AssertionError("the server did not answer")


def test_no_port_of_another_part_moves(made: Tree) -> None:
    asked = made.run(sys.executable, "-c", "from bunmart_dev.ports import PARTS; print(*PARTS)")

    assert asked.stdout.split() == [*PARTS, NAME]


def test_a_second_time_is_refused(made: Tree) -> None:
    before = made.status()

    done = made.make_service(NAME, NOUN)

    assert done.returncode == 1
    assert f"There is a part {NAME} already" in done.stderr
    assert made.status() == before


@pytest.mark.parametrize(
    ("name", "noun", "reason"),
    [
        ("Loyalty", NOUN, "is no name"),
        ("l", NOUN, "is no name"),
        ("loyalty-card", NOUN, "is no name"),
        ("loyaltyloyaltyloyalty", NOUN, "is longer than 20 characters"),
        ("import", NOUN, "is a keyword of Python"),
        (NAME, "class", "is a keyword of Python"),
        ("order", NOUN, "There is a part order already"),
        ("edge", NOUN, "There is a part edge already"),
        ("chassis", NOUN, "is the name of a package"),
        ("ingress", NOUN, "of a chart's value"),
        (NAME, "product", "/api/products belongs to product already"),
        (NAME, "page", "is a word of the generated code"),
        (NAME, "list", "is a word of the generated code"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, noun: str, reason: str) -> None:
    with pytest.raises(NameRefusedError, match=reason):
        check_names(Names(name, noun), ROOT)


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("card", "cards"),
        ("loyalty", "loyalties"),
        ("box", "boxes"),
        ("dish", "dishes"),
        ("bonus", "bonuses"),
        ("day", "days"),
    ],
)
def test_a_noun_has_a_plural(noun: str, plural: str) -> None:
    assert Names(NAME, noun).plural == plural


def test_a_list_that_is_not_where_it_was_changes_nothing(untouched: Tree) -> None:
    debug = untouched.folder / "k8s" / "values" / "debug.yaml"
    before = debug.read_text()
    debug.write_text(before.replace("bff: ", "views: "))

    done = untouched.make_service(NAME, NOUN)

    debug.write_text(before)
    assert done.returncode == 1
    assert "k8s/values/debug.yaml: 0 places match" in done.stderr
    assert untouched.status() == ""


def test_a_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    root, copy, backup = tmp_path / "root", tmp_path / "copy", tmp_path / "backup"
    for folder, text in ((root, "old"), (copy, "new")):
        folder.mkdir()
        (folder / "changed").write_text(text)
    (root / "deleted").write_text("old")
    (copy / "added").write_text("new")
    (root / "in_the_way").write_text("old")
    (copy / "in_the_way").mkdir()
    (copy / "in_the_way" / "file").write_text("new")

    with pytest.raises(OSError, match="in_the_way"):
        take_over(
            {Path(each) for each in ("added", "changed", "deleted", "in_the_way/file")}, root, copy, backup
        )

    assert {path.name: path.read_text() for path in root.iterdir()} == {
        "changed": "old",
        "deleted": "old",
        "in_the_way": "old",
    }
