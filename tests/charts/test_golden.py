"""A change of what the examples render is seen, and meant."""

import difflib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.charts.cases import CASES, Case
from tests.charts.golden import BASES, GOLDEN, GOLDEN_CASES, dump, golden_of, stored
from tests.charts.rendering import RELEASES, Charts, Render, documents
from tests.charts.validation import NEWEST, name_of

SHOWN = 200
"""Lines of a difference that a failure prints."""

examples = pytest.mark.parametrize("example", GOLDEN_CASES)


def differences(expected: dict[str, str], actual: dict[str, str]) -> list[str]:
    """Show the lines in which texts differ, and under which name they stand."""
    lines: list[str] = []
    for name in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(name, "").splitlines(), actual.get(name, "").splitlines()
        lines += difflib.unified_diff(before, after, f"golden {name}", f"rendered {name}", n=4, lineterm="")
    return lines


@examples
def test_an_example_renders_as_its_golden_files(example: str, renders: dict[str, Render]) -> None:
    rendered = golden_of(example, lambda case: renders[case.name])

    if lines := differences(stored(example), rendered):
        more = f"\n… {len(lines) - SHOWN} lines more" if len(lines) > SHOWN else ""
        text = "\n".join(lines[:SHOWN])
        pytest.fail(
            f"The example {example} renders otherwise than tests/charts/golden/{example}. If that is meant, run"
            f" `make golden` and commit what it changed:\n{text}{more}",
            pytrace=False,
        )


@examples
def test_two_renders_of_one_example_are_equal(
    example: str, charts: Charts, renders: dict[str, Render]
) -> None:
    case = GOLDEN_CASES[example]

    assert charts.render(case.chart, case.values).objects == renders[case.name].objects


def test_there_is_a_golden_folder_for_each_example_and_no_other() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(GOLDEN_CASES)
    assert set(GOLDEN_CASES) >= {"dev", "dev-istio", "external-databases", "istio-production"}
    assert set(BASES) | set(BASES.values()) <= set(GOLDEN_CASES)


@examples
def test_golden_files_are_yaml_beside_the_index(example: str) -> None:
    texts = stored(example)

    assert "index.txt" in texts
    assert all(isinstance(yaml.safe_load(text), dict) for name, text in texts.items() if name != "index.txt")


def helm() -> str:
    """The helm command, or the reason why there is none."""
    found = os.environ.get("HELM") or shutil.which("helm")
    if not found:
        pytest.skip("helm is neither on PATH nor in HELM")
    return found


def objects_by_name(text: str) -> dict[str, str]:
    """The objects of a stream by kind and name, each as the text of its own."""
    return {name_of(each): dump(each) for each in documents(text)}


@examples
def test_the_helm_command_renders_the_same(
    example: str, charts: Charts, renders: dict[str, Render], tmp_path: Path
) -> None:
    case = GOLDEN_CASES[example]
    release, namespace = RELEASES[case.chart]
    chart, values = str(charts.folder / case.chart), str(tmp_path / "values.yaml")
    Path(values).write_text(json.dumps(case.values))
    of_this_version = ("--kube-version", NEWEST)

    output = subprocess.run(
        [helm(), "template", release, chart, "--namespace", namespace, "--values", values, *of_this_version],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout

    assert differences(objects_by_name(dump(*renders[case.name].objects)), objects_by_name(output)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_helm_command_finds_nothing_to_lint(case: Case, charts: Charts, tmp_path: Path) -> None:
    chart, values = str(charts.folder / case.chart), str(tmp_path / "values.yaml")
    Path(values).write_text(json.dumps(case.values))
    command = [helm(), "lint", "--strict", chart, "--values", values]

    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
