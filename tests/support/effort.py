"""How long a search goes on: races by rounds, stories by examples.

``make test`` searches as long as the tests say. ``make test s=order`` takes a twentieth of it, so that a service's own
tests take seconds, and ``make test-long`` fifty times as much.
"""

import os

EFFORT = float(os.environ.get("TEST_EFFORT", "1"))
_FEWEST = 3


def effort(full: int) -> int:
    """Return the number of rounds or examples that stands for ``full`` in this run."""
    return max(_FEWEST, round(full * EFFORT))
