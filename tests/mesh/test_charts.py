"""The generated templates of the chart are current, and the command that writes them says when they are not."""

import shutil
from pathlib import Path

import pytest
import yaml
from bunmart_mesh.policy import Policy
from bunmart_mesh.render.__main__ import main
from bunmart_mesh.render.helm.expressions import GENERATED, expand, helm


def test_the_chart_s_mesh_templates_are_current() -> None:
    main(["--check"])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mesh")
    main(["--out", str(folder)])
    return folder


@pytest.fixture
def written(fresh: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh, tmp_path / "mesh"))


def test_everything_says_that_it_is_generated(written: Path) -> None:
    assert {path.name for path in written.iterdir()} >= {"_sds.tpl", "_envoy-order.tpl", "_envoy-edge.tpl"}
    for path in written.iterdir():
        assert path.read_text().startswith(GENERATED)


def test_the_prefixes_of_the_ingress_stand_with_the_longest_first(written: Path, policy: Policy) -> None:
    lines = (written / "_ingress.tpl").read_text().splitlines()
    entries = [yaml.safe_load(line)[0] for line in lines if line.startswith("- ")]
    assert {(each["prefix"], each["part"]) for each in entries} == {
        (each.prefix, each.part) for each in policy.ingress
    }
    lengths = [len(each["prefix"]) for each in entries]
    assert lengths == sorted(lengths, reverse=True)


def test_what_is_written_is_current(written: Path) -> None:
    main(["--check", "--out", str(written)])


def test_stale_files_are_named_with_the_command_that_mends_them(written: Path) -> None:
    (written / "_envoy-order.tpl").write_text(GENERATED + "by hand")
    (written / "_envoy-cart.tpl").unlink()
    (written / "_envoy-former.tpl").write_text(GENERATED)
    with pytest.raises(
        SystemExit, match=r"_envoy-cart\.tpl, _envoy-former\.tpl, _envoy-order\.tpl.*make mesh"
    ):
        main(["--check", "--out", str(written)])


def test_what_is_no_longer_generated_is_removed_and_nothing_else(written: Path) -> None:
    (written / "_envoy-former.tpl").write_text(GENERATED)
    (written / "by-hand.yaml").write_text("kind: ConfigMap")
    main(["--out", str(written)])
    main(["--check", "--out", str(written)])
    assert not (written / "_envoy-former.tpl").exists()
    assert (written / "by-hand.yaml").exists()


def test_a_text_that_looks_like_a_template_is_refused() -> None:
    with pytest.raises(ValueError, match="must not contain"):
        expand("detail: '{{ .Release.Name }}'")


def test_an_expression_is_a_plain_word_until_it_is_written() -> None:
    word = helm('join "|" .Values.origins | quote')
    assert word.isalnum()
    assert expand(f"a: {word}") == 'a: {{ join "|" .Values.origins | quote }}'
