"""The images run without root and without a shell, share their layers and forget no package."""

import re
import subprocess
import tomllib
from typing import Any

import pytest
from bunmart_mesh.policy import load_policy

from tests.images import dockerfile
from tests.images.dockerfile import ROOT

SERVICE_TARGETS = ("service", "dev", "debug")
MAKEFILE = (ROOT / "Makefile").read_text()


def listed(variable: str) -> list[str]:
    """The words of a variable of the Makefile."""
    found = re.search(rf"(?m)^{variable} := (.+)$", MAKEFILE)
    assert found
    return found[1].split()


TARGETS = (*SERVICE_TARGETS, *listed("IMAGE_TOOLS"))
each_target = pytest.mark.parametrize("target", TARGETS)


def image_parts() -> list[str]:
    """The parts that have an image, as make finds them."""
    rule = "print: ; @echo $(IMAGE_PARTS)\n"
    command = ["make", "-s", "-f", "Makefile", "-f", "-", "print"]
    asked = subprocess.run(command, cwd=ROOT, input=rule, capture_output=True, text=True, check=True)
    return asked.stdout.split()


def manifest() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_part_and_every_tool_has_an_image() -> None:
    policy = load_policy()

    assert set(image_parts()) == {name for name in policy.names if policy.kind(name) != "edge"}
    assert set(TARGETS) <= set(dockerfile.read())


def test_the_lock_can_be_read_because_every_package_has_its_manifest() -> None:
    patterns = manifest()["tool"]["uv"]["workspace"]["members"]
    members = [
        path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(f"{pattern}/pyproject.toml")
    ]
    copies = dockerfile.read()["requirements"].of("COPY")

    copied = {word for each in copies for word in each.words[:-1]}

    assert copied == {"pyproject.toml", "uv.lock", *map(str, members)}


def test_uv_is_the_one_of_the_makefile() -> None:
    (argument,) = (
        each.text for each in dockerfile.read()["uv"].of("ARG") if each.text.startswith("UV_VERSION")
    )

    assert argument == f"UV_VERSION={listed('UV_VERSION')[0]}"


@each_target
def test_it_never_runs_as_root(target: str) -> None:
    assert dockerfile.instructions(target, "USER")[-1].text == "65532:65532"


@each_target
def test_it_runs_a_program_and_no_shell(target: str) -> None:
    starts = [*dockerfile.instructions(target, "CMD"), *dockerfile.instructions(target, "ENTRYPOINT")]

    assert starts
    assert [each.text for each in starts if not each.text.startswith("[")] == []
    assert [word for word in dockerfile.command(target) if re.search(r"(^|/)(ba)?sh$|-c$|[;&|$]", word)] == []


@each_target
def test_it_leaves_health_and_storage_to_the_cluster(target: str) -> None:
    assert dockerfile.instructions(target, "HEALTHCHECK") == []
    assert dockerfile.instructions(target, "VOLUME") == []


@each_target
def test_it_says_what_it_is(target: str) -> None:
    labels = " ".join(each.text for each in dockerfile.instructions(target, "LABEL"))

    for name in ("title", "description", "vendor", "licenses"):
        assert f'org.opencontainers.image.{name}="' in labels


def test_nothing_is_needed_but_the_base_image_and_the_package_registry() -> None:
    text = dockerfile.PATH.read_text()

    assert not re.search(r"(?mi)^# *syntax *=", text)
    assert not re.search(r"\b(apt|apt-get|curl|wget|git)\b", text)
    assert {stage.parent for stage in dockerfile.read().values()} - set(dockerfile.read()) == {
        "${BASE_IMAGE}"
    }


def test_the_libraries_are_the_same_layer_in_every_service() -> None:
    before = [*dockerfile.lineage("services-libraries"), *dockerfile.lineage("python")]
    base = dockerfile.read()["service-base"].instructions
    library = next(index for index, each in enumerate(base) if each.source_stage == "services-libraries")

    assert [each.text for stage in before for each in stage.instructions if "SERVICE" in each.text] == []
    assert [each.text for each in base[: library + 1] if "SERVICE" in each.text] == []


@pytest.mark.parametrize("stage", dockerfile.read().values(), ids=lambda stage: stage.name)
def test_what_it_copies_reaches_the_build(stage: dockerfile.Stage) -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    sources = [
        word.replace("${FOLDER}", "services/order")
        for each in stage.of("COPY")
        if each.source_stage is None
        for word in each.words[:-1]
    ]

    assert [path for path in sources if path.split("/")[0] not in allowed] == []
    assert [path for path in sources if not (ROOT / path).exists()] == []


def test_an_edit_is_seen_without_a_comparison_of_times() -> None:
    """Copied by tar, an edited file may be older than the bytecode of the image."""
    for stage in ("shared-sources", "service-sources"):
        (compilation,) = dockerfile.read()[stage].of("RUN")
        assert "--invalidation-mode checked-hash" in compilation.text


def test_only_the_code_of_the_dev_image_belongs_to_its_user() -> None:
    owned = [each.text for each in dockerfile.read()["dev"].of("COPY") if "--chown=65532:65532" in each.text]

    assert [text.split()[-2:] for text in owned] == [["/sources", "/app"], ["/sources", "/app"]]
    assert [each.text for each in dockerfile.instructions("service", "COPY") if "--chown" in each.text] == []


def test_postgres_is_asked_to_end_its_sessions() -> None:
    assert [each.text for each in dockerfile.instructions("postgres", "STOPSIGNAL")] == ["SIGINT"]
