"""The golden text shows every change of every object, and a change of the call policy as the calls that it means."""

import copy
import difflib
import logging
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import yaml
from bunmart_mesh.policy import GrpcCall, Policy, load_policy
from bunmart_mesh.render.chart import chart_templates, write

from tests.charts.golden import BASES, GOLDEN_CASES, golden_of
from tests.charts.golden_text import INDEX, digest, golden_files
from tests.charts.rendering import Charts, Manifest, Render

CHANGED = "changed-by-this-test"
AT_MOST = 80
"""Lines that a row of the call policy may touch, in the golden text of all examples together."""
Place = tuple[str | int, ...]


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    """Yield the place of every scalar, empty list and empty mapping of an object."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [place for key, item in items for place in places(item, (*above, key))]
    yield from below or [above]


def changed_at(manifest: Manifest, place: Place, value: Any) -> Manifest:
    """Return a copy of an object with another value at one place."""
    changed = copy.copy(manifest)
    at: Any = changed
    for step in place[:-1]:
        at[step] = copy.copy(at[step])
        at = at[step]
    at[place[-1]] = value
    return changed


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return the lines that two golden texts do not have in common, each with its file."""
    found = []
    for name in sorted(before.keys() | after.keys()):
        lines = difflib.unified_diff(before.get(name, "").splitlines(), after.get(name, "").splitlines(), n=0)
        found += [f"{name}: {line[0]} {line[1:]}" for line in list(lines)[2:] if line[0] in "+-"]
    return found


@pytest.mark.parametrize("example", GOLDEN_CASES)
def test_a_change_of_any_field_changes_the_digest(example: str, renders: dict[str, Render]) -> None:
    for each in renders[GOLDEN_CASES[example].name].objects:
        before = digest(each)
        for place in places(each):
            assert digest(changed_at(each, place, CHANGED)) != before, place


def mutation(rng: random.Random, renders: dict[str, Render]) -> tuple[str, Manifest, Manifest]:
    """Draw an example, an object of its render, and the object with one other field; also within Envoy's files."""
    example = rng.choice(sorted(GOLDEN_CASES))
    each = rng.choice(renders[GOLDEN_CASES[example].name].objects)
    file = "envoy.yaml"
    config = yaml.safe_load(each.get("data", {}).get(file, "null"))
    if config and rng.random() < 0.5:
        inner = changed_at(config, rng.choice(list(places(config))), CHANGED)
        return example, each, changed_at(each, ("data", file), yaml.safe_dump(inner, sort_keys=False))
    shown = [place for place in places(each) if not str(place[-1]).startswith("checksum/")]
    return example, each, changed_at(each, rng.choice(shown), CHANGED)


@pytest.mark.parametrize("seed", range(30))
def test_a_change_of_any_field_stands_in_the_golden_text(seed: int, renders: dict[str, Render]) -> None:
    example, each, mutated = mutation(random.Random(seed), renders)
    render = renders[GOLDEN_CASES[example].name].objects
    base = BASES.get(example)
    others = renders[GOLDEN_CASES[base].name].objects if base else ()

    before = golden_files(render, others)
    after = golden_files([mutated if one is each else one for one in render], others)

    lines = difference(before, after)
    assert any(line.startswith(f"{INDEX}: + {name_of(mutated)} ") for line in lines)
    assert any(CHANGED in line for line in lines if not line.startswith(INDEX)), lines


@pytest.mark.parametrize("example", GOLDEN_CASES)
def test_an_object_that_is_gone_stands_in_the_index(example: str, renders: dict[str, Render]) -> None:
    render = renders[GOLDEN_CASES[example].name].objects
    before = golden_files(render)
    for each in render[::20]:
        lines = difference(before, golden_files([one for one in render if one is not each]))

        assert any(line.startswith(f"{INDEX}: - {name_of(each)} ") for line in lines)


def test_an_object_that_the_other_example_has_alone_is_absent() -> None:
    objects = [{"kind": "Secret", "metadata": {"name": name}} for name in ("gone", "kept")]

    assert golden_files(objects[1:], objects)[INDEX] == "Secret/gone absent\n"


def added(policy: Policy) -> Policy:
    row = GrpcCall(caller="kitchen", callee="user", rpcs=("GetUser",), why="A test adds it.")
    return msgspec.structs.replace(policy, grpc=(*policy.grpc, row))


def removed(policy: Policy) -> Policy:
    rows = [row for row in policy.grpc if (row.caller, row.callee) != ("review", "user")]
    return msgspec.structs.replace(policy, grpc=tuple(rows))


def one_rpc_less(policy: Policy) -> Policy:
    rows = [
        msgspec.structs.replace(row, rpcs=("GetUser", "ValidateUser")) if row.callee == "user" else row
        for row in policy.grpc
        if (row.caller, row.callee) == ("order", "user")
    ]
    others = [row for row in policy.grpc if (row.caller, row.callee) != ("order", "user")]
    return msgspec.structs.replace(policy, grpc=(*others, *rows))


@pytest.mark.parametrize(
    ("change", "caller", "callee"),
    [(added, "kitchen", "user"), (removed, "review", "user"), (one_rpc_less, "order", "user")],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_row_of_the_call_policy_shows_as_the_lines_that_it_means(
    change: Any,
    caller: str,
    callee: str,
    renders: dict[str, Render],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    charts = Charts(tmp_path_factory.mktemp("policy"))
    write(charts.folder / "bunmart" / "templates" / "mesh", chart_templates(change(load_policy())))

    lines = [
        f"{example}/{line}"
        for example in GOLDEN_CASES
        for line in difference(
            golden_of(example, lambda case: renders[case.name]),
            golden_of(example, lambda case: charts.render(case.chart, case.values)),
        )
    ]

    logging.getLogger(__name__).info("%d golden lines: %s", len(lines), "\n".join(lines))
    assert 0 < len(lines) <= AT_MOST
    assert all(re.search(rf"\b({caller}|{callee})\b", line) for line in lines if INDEX in line)
    envoy = [line for line in lines if line.startswith("dev/Envoy.yaml")]
    assert any(f"{caller} → {callee}" in line for line in envoy)
    # Of other calls only those appear that stood in one list with a call that came or went.
    assert all(caller in line or callee in line for line in envoy if "→" in line)
    istio = [line for line in lines if line.startswith("dev-istio/AuthorizationPolicy.yaml")]
    assert istio
