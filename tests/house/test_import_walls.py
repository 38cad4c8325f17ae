"""An import across a wall of .importlinter is refused; each wall is shown by an import that would break it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
SOURCES = sorted(path.relative_to(ROOT) for path in ROOT.glob("**/src") if "gen" not in path.parts)


@dataclass(frozen=True)
class Wall:
    """An import that a contract of .importlinter forbids."""

    contract: str
    importer: str
    imported: str

    @property
    def complaint(self) -> str:
        """What import-linter says of it."""
        if self.contract == "circles":
            return "No cycles are allowed in"
        return f"{self.importer} -> {self.imported}"


WALLS = [
    Wall("production", "bunmart_chassis.errors", "bunmart_dev.ports"),
    Wall("production", "bunmart_order.service", "bunmart_dev.seed"),
    Wall("production", "bunmart_bff.settings", "bunmart_dev.shop_client"),
    Wall("production", "bunmart_mesh.policy", "bunmart_dev.local_mesh.placement"),
    Wall("development", "bunmart_dev.seed", "bunmart_product.domain"),
    Wall("services", "bunmart_cart.domain", "bunmart_order.domain"),
    Wall("chassis", "bunmart_chassis.errors", "bunmart_user.settings"),
    Wall("chassis-layers", "bunmart_chassis.storage", "bunmart_chassis.rest"),
    Wall("chassis-layers", "bunmart_chassis.errors.kinds", "bunmart_chassis.money"),
    Wall("private-jobs", "bunmart_review.jobs", "bunmart_chassis.jobs.retries"),
    Wall("private-storage", "bunmart_chassis.jobs.worker", "bunmart_chassis.storage.connections"),
    Wall("private-telemetry", "bunmart_chassis.rest.app", "bunmart_chassis.telemetry.logs"),
    Wall("circles", "bunmart_chassis.money.currencies", "bunmart_chassis.money.rounding"),
    Wall("circles", "bunmart_mesh.policy", "bunmart_mesh.render.envoy.sidecar"),
    Wall("domain", "bunmart_kitchen.domain", "litestar"),
    Wall("doors", "bunmart_cart.rpc", "bunmart_chassis.storage"),
    Wall("render", "bunmart_mesh.render.helm.expressions", "bunmart_mesh.render.envoy.edge"),
]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of all sources and of the rules."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def module_file(folder: Path, module: str) -> Path:
    """The file of a module in a copy of the sources."""
    path = module.replace(".", "/")
    [found] = [*folder.glob(f"**/src/{path}.py"), *folder.glob(f"**/src/{path}/__init__.py")]
    return found


def lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    """Check one contract of the copy."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo", "--contract", contract],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(folder / each) for each in SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: f"{wall.importer}->{wall.imported}")
def test_an_import_across_the_wall_is_refused(copied: Path, wall: Wall) -> None:
    assert not wall.imported.startswith("bunmart_") or module_file(copied, wall.imported).exists()
    with module_file(copied, wall.importer).open("a") as source:
        source.write(f"\nimport {wall.imported}\n")

    result = lint(copied, wall.contract)

    assert result.returncode == 1, result.stdout + result.stderr
    assert wall.complaint in result.stdout


@pytest.mark.parametrize("contract", sorted({wall.contract for wall in WALLS}))
def test_the_copy_itself_keeps_the_rules(copied: Path, contract: str) -> None:
    result = lint(copied, contract)

    assert result.returncode == 0, result.stdout + result.stderr


def test_each_package_of_the_chassis_has_its_wall() -> None:
    chassis = ROOT / "services/chassis/src/bunmart_chassis"
    packages = {found.parent.name for found in chassis.glob("*/__init__.py")}
    rules = (ROOT / ".importlinter").read_text()

    assert packages == {name for name in packages if f"[importlinter:contract:private-{name}]" in rules}
