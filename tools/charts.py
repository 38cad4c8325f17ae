"""Packs charts/service into charts/bunmart/charts, as Chart.lock says: ``python tools/charts.py [--update]``.

The dependency is a ``file://`` path, so nothing is downloaded. ``helm dependency build charts/bunmart`` does
the same; this needs no helm command.
"""

import argparse
from pathlib import Path

import helm_python

CHART = Path(__file__).parents[1] / "charts" / "bunmart"


def main() -> None:
    """Build the umbrella's dependencies."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--update", action="store_true", help="write Chart.lock anew, after Chart.yaml changed"
    )
    act = helm_python.dependency_update if parser.parse_args().update else helm_python.dependency_build
    act(str(CHART), skip_refresh=True)


if __name__ == "__main__":
    main()
