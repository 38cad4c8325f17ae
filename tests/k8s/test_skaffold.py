"""skaffold.yaml and its modules fit the code, the images and the charts."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES = sorted(
    path.name for path in (ROOT / "services").iterdir() if path.name != "chassis" and path.is_dir()
)
PARTS = [*SERVICES, "bff"]
PROFILES = ("test", "debug", "prod")


def module(part: str) -> dict[str, Any]:
    return dict(yaml.safe_load((folder(part) / "skaffold.yaml").read_text()))


def folder(part: str) -> Path:
    return ROOT / "bff" if part == "bff" else ROOT / "services" / part


def root() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "skaffold.yaml").read_text()))


def matches(pattern: str, path: str) -> bool:
    """Match as skaffold does: ``*`` stays in its folder, ``**`` does not, ``{a,b}`` is either."""
    choices = re.search(r"\{([^}]*)\}", pattern)
    if choices:
        return any(matches(pattern.replace(choices[0], choice, 1), path) for choice in choices[1].split(","))
    escaped = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(escaped, path) is not None


def synced(part: str, path: str) -> bool:
    (artifact,) = module(part)["build"]["artifacts"]
    return any(matches(rule["src"], path) for rule in artifact["sync"]["manual"])


def destination(part: str, path: str) -> str:
    (artifact,) = module(part)["build"]["artifacts"]
    (rule,) = (rule for rule in artifact["sync"]["manual"] if matches(rule["src"], path))
    return f"{rule['dest']}/{path}"


def copied(service: str, source: str) -> set[str]:
    """What the Dockerfile copies from the tree, as skaffold reads it: every stage, arguments filled in."""
    text = (ROOT / "Dockerfile").read_text().replace("${FOLDER}", source).replace("${SERVICE}", service)
    lines = [
        line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    return {word for line in lines for word in line if not word.startswith("--")}


def test_the_root_requires_every_part() -> None:
    assert sorted(ROOT / each["path"] for each in root()["requires"]) == sorted(map(folder, PARTS))


@pytest.mark.parametrize("part", PARTS)
def test_a_module_is_the_same_as_the_others_but_for_its_name(part: str) -> None:
    like = module("order")
    text = (folder(part) / "skaffold.yaml").read_text()

    assert module(part)["metadata"]["name"] == part
    assert [each["image"] for each in module(part)["build"]["artifacts"]] == [f"bunmart/{part}"]
    assert [each["name"] for each in module(part)["profiles"]] == list(PROFILES)
    assert module(part)["build"]["local"] == like["build"]["local"]
    if part != "bff":
        ours = re.sub(rf"\b(bunmart_)?{part}\b", r"\1order", text)
        assert ours == (folder("order") / "skaffold.yaml").read_text()


@pytest.mark.parametrize("part", PARTS)
def test_an_edit_of_its_code_is_synced_to_where_the_image_has_it(part: str) -> None:
    files = [path.relative_to(ROOT).as_posix() for path in (folder(part) / "src").rglob("*.py")]
    code = [path for path in files if "/migrations/" not in path]

    assert [path for path in code if not synced(part, path)] == []
    assert {destination(part, path) for path in code} == {
        f"/app/services/{part}/{path.removeprefix(folder(part).relative_to(ROOT).as_posix() + '/')}"
        for path in code
    }


@pytest.mark.parametrize("part", SERVICES)
def test_a_migration_is_not_synced_but_built(part: str) -> None:
    versions = folder(part) / "src" / f"bunmart_{part}" / "migrations" / "versions"
    files = [path.relative_to(ROOT).as_posix() for path in versions.glob("*.py")]

    assert files
    assert [path for path in files if synced(part, path)] == []


@pytest.mark.parametrize("part", PARTS)
def test_an_edit_of_another_service_is_none_of_its_business(part: str) -> None:
    sources = copied(part, folder(part).relative_to(ROOT).as_posix())
    foreign = [f"services/{other}/src" for other in SERVICES if other != part] + ["bff/src"] * (part != "bff")

    assert f"{folder(part).relative_to(ROOT).as_posix()}/src" in sources
    assert [
        (source, path)
        for source in sources
        for path in foreign
        if f"{path}/".startswith(f"{source.rstrip('/')}/")
    ] == []


@pytest.mark.parametrize("part", PARTS)
def test_a_target_of_the_dockerfile_is_built(part: str) -> None:
    stages = re.findall(r"(?m)^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text())
    builds = [module(part)["build"], *(each["build"] for each in module(part)["profiles"] if "build" in each)]

    assert {each["artifacts"][0]["docker"]["target"] for each in builds} == {"dev", "debug", "service"}
    assert {each["artifacts"][0]["docker"]["target"] for each in builds} <= set(stages)


def releases() -> list[tuple[str, dict[str, Any]]]:
    """The release of each profile; none is patched, since an index hits another one after the next edit."""
    document = root()
    whole = [("default", document), *((each["name"], each) for each in document["profiles"])]
    assert not [name for name, each in whole if "patches" in each]
    return [(name, release) for name, each in whole for release in each["deploy"]["helm"]["releases"]]


@pytest.mark.parametrize(
    ("profile", "release"), releases(), ids=lambda each: each if isinstance(each, str) else ""
)
def test_every_profile_installs_every_image(profile: str, release: dict[str, Any]) -> None:
    wanted = {f"{part}.image.{key}" for part in PARTS for key in ("repository", "tag")}

    assert set(release["setValueTemplates"]) == wanted
    for key, template in release["setValueTemplates"].items():
        part, _, kind = key.split(".")
        assert template == f"{{{{.IMAGE_{'REPO' if kind == 'repository' else 'TAG'}_bunmart_{part}}}}}"
    files = [path for path in release["valuesFiles"] if "{{" not in path]
    assert [path for path in files if not (ROOT / path).is_file()] == []
    assert (release["name"], release["namespace"], release["chartPath"]) == (
        "bunmart",
        "bunmart",
        "charts/bunmart",
    )


def test_no_two_forwards_share_a_port() -> None:
    document = root()
    for each in (document, *document["profiles"]):
        ports = [forward["localPort"] for forward in each.get("portForward", [])]

        assert len(set(ports)) == len(ports)


def test_hooks_are_make_targets() -> None:
    targets = re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "k8s" / "cluster.mk").read_text())
    document = root()
    hooks = [each["deploy"]["helm"].get("hooks") for each in (document, *document["profiles"])]
    commands = [step["host"]["command"] for each in hooks if each for step in each["before"]]

    assert commands
    for program, *words in commands:
        assert program == "make"
        assert {word for word in words if "=" not in word} <= set(targets)


@pytest.mark.parametrize("profile", ["", "istio", "debug", "prod"])
def test_skaffold_reads_it(profile: str, tmp_path: Path) -> None:
    if shutil.which("skaffold") is None:
        pytest.skip("skaffold is not on PATH")
    command = ["skaffold", "diagnose", "--yaml-only", *(["--profile", profile] if profile else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
