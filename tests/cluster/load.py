"""Load through the ingress: whole demos one after the other, and reads, each request counted."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

_READS = ("/api/products", "/api/categories", "/api/tags", "/.well-known/jwks.json", "/docs")


@dataclass
class Demo:
    """One run of ``make demo``.

    Attributes:
        again: Requests that had to be sent more than once: a person would have seen an error.
    """

    ok: bool
    error: str
    requests: int
    again: list[str]
    order_id: str = ""


def tell(url: str, *, wait: float = 5) -> Demo:
    """Run the demo against an ingress, which may take so many seconds to answer at first."""
    command = [sys.executable, "-m", "bunmart_dev.demo", "--url", url, "--json", "--wait", str(wait)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return Demo(ok=False, error=done.stdout + done.stderr, requests=0, again=[])
    requests = [request for step in told["steps"] for request in step["requests"]]
    again = [
        f"{request['method']} {request['path']} in {request['ms']} ms: {'; '.join(request['interruptions'])}"
        for request in requests
        if request["attempts"] > 1
    ]
    return Demo(told["ok"], told["error"] or "", len(requests), again)


@dataclass
class Load:
    """Runs until it is stopped.

    Attributes:
        url: The ingress.
        demos: How many demos at the same time.
        wait: How many seconds a demo waits for somebody to answer; then it has the patience of a browser.
        told: The demos that ended.
        statuses: Of the reads, which are never repeated; an exception's name where there was no answer.
    """

    url: str
    demos: int = 2
    wait: float = 5
    told: list[Demo] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._tell) for _ in range(self.demos)]
        self._threads.append(threading.Thread(target=self._read))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def failures(self) -> list[str]:
        """What a person would have noticed."""
        reads = [f"{status} x{times}" for status, times in self.statuses.items() if status != "200"]
        errors = [demo.error for demo in self.told if not demo.ok]
        return reads + errors + [again for demo in self.told for again in demo.again]

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(self.statuses.values()) + sum(demo.requests for demo in self.told)

    def _tell(self) -> None:
        while not self._stop.is_set():
            self.told.append(tell(self.url, wait=self.wait))

    def _read(self) -> None:
        with httpx.Client(base_url=self.url, timeout=15) as client:
            while not self._stop.is_set():
                for path in _READS:
                    try:
                        self.statuses[str(client.get(path).status_code)] += 1
                    except httpx.HTTPError as error:
                        self.statuses[type(error).__name__] += 1
                    time.sleep(0.05)
