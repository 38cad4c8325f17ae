"""A service under load gets more replicas, and gives them back."""

import threading

import httpx

from tests.cluster.cluster import PARTS, Cluster, until


def test_a_service_scales_out_and_back(release: Cluster) -> None:
    release.install(
        "global.autoscaling.enabled=true",
        *(f"{part}.autoscaling.enabled=false" for part in (*PARTS, "edge") if part != "product"),
        "product.autoscaling.minReplicas=1",
        "product.autoscaling.maxReplicas=3",
        # What a quiet service uses, 10m, is little of this.
        "product.resources.requests.cpu=100m",
        "product.autoscaling.cpu=50",
        "product.autoscaling.scaleDownStabilizationSeconds=15",
    )
    stop = threading.Event()

    def press() -> None:
        address = f"http://{release.address(release.ingress[0])}:{release.ingress[1]}"
        with httpx.Client(base_url=address, timeout=15) as client:
            while not stop.is_set():
                client.get("/api/products")

    def replicas() -> int:
        (found,) = release.get("deployment", "product")
        return int(found["status"].get("readyReplicas", 0))

    until(lambda: replicas() == 1, "one replica at first", 240)
    pressing = [threading.Thread(target=press) for _ in range(4)]
    for thread in pressing:
        thread.start()
    try:
        took = until(lambda: replicas() > 1, "a second replica under load", 300)
    finally:
        stop.set()
        for thread in pressing:
            thread.join()
    back = until(lambda: replicas() == 1, "one replica without load", 420)
    release.figures["HPA: second replica ready, back to one"] = f"{took:.0f} s, {back:.0f} s"
