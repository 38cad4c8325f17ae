"""Pods that are killed and a node that is restarted lose nothing."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.cluster.cluster import PARTS, Cluster, until
from tests.cluster.load import Load, tell

RESTART = os.environ.get("BUNMART_NODE_RESTART", "")
ADMIN = {"email": "admin@bunmart.local", "password": "bunmart-demo"}


@pytest.fixture(scope="module")
def url(release: Cluster) -> Iterator[str]:
    """Where a browser finds the shop."""
    with release.browser() as address:
        yield address


def orders(url: str) -> dict[str, str]:
    """State by order, as an admin sees them."""
    found: dict[str, str] = {}
    with httpx.Client(base_url=url, timeout=20) as client:
        login = client.post("/api/auth/login", json=ADMIN).raise_for_status().json()
        token, page = {"authorization": f"Bearer {login['access_token']}"}, ""
        while True:
            listed = client.get("/api/orders", params={"page_size": 100, "page_token": page}, headers=token)
            body = listed.raise_for_status().json()
            found |= {order["order_id"]: order["status"] for order in body["items"]}
            page = body.get("next_page_token") or ""
            if not page:
                return found


def kill(cluster: Cluster, part: str) -> None:
    """Take a part's pod away at once, and wait until there is another."""
    pod = cluster.pods(part)[0]
    cluster.kubectl("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")

    def replaced() -> bool:
        return any(name != pod for name in cluster.pods(part))

    until(replaced, f"a new pod of {part}", 60)


def test_killed_pods_are_replaced_and_every_demo_ends_well(release: Cluster, url: str) -> None:
    before = orders(url)

    with Load(url, wait=60) as load:
        for part in PARTS:
            kill(release, part)
            time.sleep(3)
        took = until(release.rolled_out, "all pods are ready again", 300)
    release.figures["all eleven parts killed one by one, last one ready after"] = f"{took:.0f} s"

    assert load.told
    assert [demo.error for demo in load.told if not demo.ok] == []
    after = orders(url)
    assert {order: after.get(order) for order in before} == before
    assert len(after) >= len(before) + len(load.told)


@pytest.mark.skipif(not RESTART, reason="BUNMART_NODE_RESTART says how to restart the node")
def test_a_restarted_node_loses_nothing(release: Cluster, url: str) -> None:
    began = tell(url)
    assert began.ok, began.error
    before = orders(url)
    interrupted: list[object] = []
    halfway = threading.Thread(target=lambda: interrupted.append(tell(url)))
    halfway.start()
    time.sleep(2)

    subprocess.run(RESTART, shell=True, check=True, capture_output=True, timeout=300)
    until(lambda: orders(url), "the shop answers after the restart", 300)
    until(release.rolled_out, "everything is ready after the restart", 300)
    halfway.join()

    after = orders(url)
    assert {order: after.get(order) for order in before} == before
    again = tell(url)
    assert again.ok, again.error
