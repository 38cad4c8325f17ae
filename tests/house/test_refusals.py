"""Every refusal that a constraint decides names one that the service's tables have."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from bunmart_chassis.storage import Refusal
from sqlalchemy.dialects import postgresql

ROOT = Path(__file__).parents[2]
_PREPARER = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]


def services() -> list[str]:
    """The packages of the services that have a module of refusals."""
    return sorted(found.parent.name for found in ROOT.glob("services/*/src/*/refusals.py"))


def names(metadata: sa.MetaData) -> Iterator[str]:
    for table in metadata.tables.values():
        yield from (str(index.name) for index in table.indexes)
        yield from (str(_PREPARER.format_constraint(constraint)) for constraint in table.constraints)


def test_services_state_their_refusals() -> None:
    assert "bunmart_notification" in services()


@pytest.mark.parametrize("package", services())
def test_the_constraint_of_a_refusal_exists(package: str) -> None:
    metadata = importlib.import_module(f"{package}.models").METADATA
    stated = vars(importlib.import_module(f"{package}.refusals")).values()
    constraints = {each.constraint for each in stated if isinstance(each, Refusal)}

    assert constraints
    assert constraints <= set(names(metadata))
