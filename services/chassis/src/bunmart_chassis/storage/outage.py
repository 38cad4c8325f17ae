"""An outage of a service's database in its log: one warning when it begins, one line when it is over."""

import logging
import time

log = logging.getLogger(__name__)
QUIET_SECONDS = 2.0
"""An outage is over when the database answers and nothing has failed for so long: one that comes and goes
while it starts is in one outage."""


class Outage:
    """The state of a database that requests, jobs and the readiness probe of one service report to."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._last = 0.0
        self._failures = 0

    def note_failure(self, error: BaseException) -> None:
        """Remember that the database did not answer, and log it when the outage begins."""
        self._last = time.monotonic()
        self._failures += 1
        if self._began is None:
            self._began = self._last
            log.warning("the database does not answer: %s: %s", type(error).__name__, error)

    def note_answer(self) -> None:
        """Remember that the database answered, and log the end of an outage."""
        if self._began is None or time.monotonic() - self._last < QUIET_SECONDS:
            return
        log.info(
            "the database answers again: %d calls and probes failed in %.1f s",
            self._failures,
            self._last - self._began,
        )
        self._began, self._failures = None, 0
