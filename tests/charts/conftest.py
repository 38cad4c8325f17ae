"""The charts, rendered once for all tests of the folder."""

import pytest

from tests.charts.cases import CASES
from tests.charts.rendering import Charts, Render


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    """The charts with their dependencies, away from the working tree."""
    return Charts(tmp_path_factory.mktemp("charts"))


class Renders(dict[str, Render]):
    """Renders of cases by their names, each made when somebody asks for it."""

    def __init__(self, charts: Charts) -> None:
        super().__init__()
        self._charts = charts

    def __missing__(self, name: str) -> Render:
        case = next(case for case in CASES if case.name == name)
        self[name] = self._charts.render(case.chart, case.values)
        return self[name]


@pytest.fixture(scope="session")
def renders(charts: Charts) -> dict[str, Render]:
    """What every case of ``CASES`` renders, by its name."""
    return Renders(charts)
