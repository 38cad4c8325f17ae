"""What the documents tell a reader to type exists: make targets, modules, scripts, imports, RPCs."""

import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator

import pytest
from bunmart_dev.ports import PARTS, Ports
from google.protobuf import descriptor_pool, json_format, message_factory

from tests.docs.documents import ROOT, Document, documents
from tests.support import make_targets

TARGET = re.compile(r"[a-z][a-z-]*")
WORD = re.compile(r"""(?:[^\s"';|&)]|"[^"]*"|'[^']*')+""")
MAKE = re.compile(rf"(?:^|[\s(])make((?:[ \t]+{WORD.pattern})+)")
each_document = pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)


def targets_in(command: str) -> Iterator[str]:
    """Yield the targets of each `make` in a command, without its variables, options and comment."""
    for found in MAKE.finditer(command.partition(" #")[0]):
        words = WORD.findall(found[1])
        yield from (word for word in words if "=" not in word and not word.startswith("-"))


def grpcurls(document: Document) -> Iterator[list[str]]:
    """Yield the words of each grpcurl command."""
    for command in document.commands():
        if command.startswith("grpcurl "):
            yield shlex.split(command, comments=True)[1:]


@each_document
def test_every_make_target_exists(document: Document) -> None:
    named = [target for command in document.commands() for target in targets_in(command)]

    assert [target for target in named if target not in make_targets()] == []


@each_document
def test_every_module_and_script_of_a_python_command_exists(document: Document) -> None:
    text = "\n".join(document.commands())
    modules = [name for name in re.findall(r"python -m ([\w.]+)", text) if not name.endswith("_")]
    scripts = re.findall(r"python ((?:tools|tests)/\S+\.py)", text)

    assert [name for name in modules if importlib.util.find_spec(name) is None] == []
    assert [name for name in scripts if not (ROOT / name).exists()] == []


@each_document
def test_every_import_exists(document: Document) -> None:
    text = "\n".join(block.text for block in document.blocks)
    for statement in re.findall(r"(?m)^from (?:bunmart|tests)[\w.]* import .+$", text):
        exec(statement, {})


@each_document
def test_every_grpcurl_command_names_what_the_contract_has(document: Document) -> None:
    for words in grpcurls(document):
        symbol = words[-1].replace("/", ".")
        if symbol == "list" or "${" in symbol:
            continue
        service = re.match(r"bunmart\.(\w+)\.v1\.", symbol)
        if service:
            importlib.import_module(f"bunmart.{service[1]}.v1.{service[1]}_pb2")
        else:
            importlib.import_module("grpc_health.v1.health_pb2")
        pool = descriptor_pool.Default()
        if "/" in words[-1]:
            method = pool.FindMethodByName(symbol)
            request = message_factory.GetMessageClass(method.input_type)()
            json_format.Parse(words[words.index("-d") + 1] if "-d" in words else "{}", request)
        else:
            assert pool.FindFileContainingSymbol(symbol)


@pytest.mark.parametrize("name", ["README.md", "docs/grpcurl.md"])
def test_a_grpcurl_command_on_this_machine_names_the_port_of_its_service(name: str) -> None:
    document = next(each for each in documents() if each.name == name)
    commands = list(grpcurls(document))
    ports = Ports()
    services = {ports.of(part).grpc: part for part in PARTS}
    outbound = {ports.of(part).outbound for part in PARTS}

    assert commands
    for words in commands:
        (port,) = (int(word.rpartition(":")[2]) for word in words if re.search(r":\d+$", word))
        if "-authority" in words:
            assert port in outbound
        else:
            named = re.match(r"bunmart\.(\w+)\.", words[-1])
            assert named is None or services[port] == named[1]


@pytest.mark.parametrize(
    ("command", "targets"),
    [
        ("make images images-load tag=dev   # 16 images; make more", ["images", "images-load"]),
        ('BUNMART_EDGE_PORT=9000 make test args="a -q" && make -s lint', ["test", "lint"]),
        ('curl -H "Bearer $(make -s token role=admin)"', ["token"]),
        ("remake nothing", []),
    ],
)
def test_a_command_is_read_as_a_shell_would(command: str, targets: list[str]) -> None:
    assert list(targets_in(command)) == targets
