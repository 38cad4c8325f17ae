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
from tests.charts.golden import GOLDEN, GOLDEN_CASES, dump, path_of
from tests.charts.rendering import RELEASES, Charts, Render, documents
from tests.charts.validation import NEWEST, name_of

SHOWN = 200
"""Lines of a difference that a failure prints."""

cases = pytest.mark.parametrize("case", GOLDEN_CASES, ids=lambda case: case.name)


def read(text: str) -> dict[str, str]:
    """The objects of a stream by kind and name, each as the text of its own."""
    return {name_of(each): dump(each) for each in documents(text)}


def differences(expected: dict[str, str], actual: dict[str, str]) -> list[str]:
    """Show the lines in which objects differ, and under which object they stand."""
    lines: list[str] = []
    for name in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(name, "").splitlines(), actual.get(name, "").splitlines()
        lines += difflib.unified_diff(before, after, f"golden {name}", f"rendered {name}", n=4, lineterm="")
    return lines


@cases
def test_an_example_renders_as_its_golden_file(case: Case, renders: dict[str, Render]) -> None:
    golden = path_of(case).read_text() if path_of(case).exists() else ""

    rendered = dump(*renders[case.name].objects)

    if rendered != golden:
        lines = differences(read(golden), read(rendered))
        more = f"\n… {len(lines) - SHOWN} lines more" if len(lines) > SHOWN else ""
        text = "\n".join(lines[:SHOWN])
        pytest.fail(
            f"{case.name} renders otherwise; `make golden` if it is meant:\n{text}{more}", pytrace=False
        )


def test_a_difference_says_in_which_object_it_is() -> None:
    golden = dump(
        {"kind": "Service", "metadata": {"name": "order"}, "spec": {"ports": [{"port": 80}]}},
        {"kind": "Secret", "metadata": {"name": "gone"}},
    )
    rendered = dump({"kind": "Service", "metadata": {"name": "order"}, "spec": {"ports": [{"port": 81}]}})

    lines = differences(read(golden), read(rendered))

    assert [line for line in lines if line[:3] == "---" and line[3:]] == [
        *("--- golden Secret/gone", "----", "--- golden Service/order"),
    ]
    assert {"-  - port: 80", "+  - port: 81"} <= set(lines)


@cases
def test_two_renders_of_one_example_are_equal(case: Case, charts: Charts, renders: dict[str, Render]) -> None:
    assert charts.render(case.chart, case.values).objects == renders[case.name].objects


def test_there_is_a_golden_file_for_each_example_and_no_other() -> None:
    assert {path.name for path in GOLDEN.glob("*.yaml")} == {path_of(case).name for case in GOLDEN_CASES}


@cases
def test_a_golden_file_means_the_same_to_every_reader(case: Case) -> None:
    text = path_of(case).read_text()

    assert list(yaml.load_all(text, yaml.CSafeLoader)) == list(documents(text))


def helm() -> str:
    """The helm command, or the reason why there is none."""
    found = os.environ.get("HELM") or shutil.which("helm")
    if not found:
        pytest.skip("helm is neither on PATH nor in HELM")
    return found


@cases
def test_the_helm_command_renders_the_same(
    case: Case, charts: Charts, renders: dict[str, Render], tmp_path: Path
) -> None:
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

    assert differences(read(dump(*renders[case.name].objects)), read(output)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_helm_command_finds_nothing_to_lint(case: Case, charts: Charts, tmp_path: Path) -> None:
    chart, values = str(charts.folder / case.chart), str(tmp_path / "values.yaml")
    Path(values).write_text(json.dumps(case.values))
    command = [helm(), "lint", "--strict", chart, "--values", values]

    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_examples_are_there() -> None:
    names = {path_of(case).stem for case in GOLDEN_CASES}

    assert names >= {"dev", "dev-istio", "external-databases", "istio-production"}
