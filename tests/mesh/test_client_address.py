"""The address of a client as services see it: written by the edge, whatever the client says."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "claimed",
    [
        {},
        {"x-envoy-external-address": "203.0.113.9"},
        {"x-forwarded-for": "203.0.113.9"},
        {"x-envoy-external-address": "203.0.113.9", "x-forwarded-for": "203.0.113.9, 203.0.113.8"},
        {"x-envoy-external-address": "203.0.113.9", "x-envoy-internal": "true"},
    ],
)
async def test_the_edge_tells_the_address_of_a_client_and_believes_nobody(
    mesh: Any, claimed: dict[str, str]
) -> None:
    async with mesh.edge() as browser:
        answer = await browser.post("/api/auth/login", headers=claimed)

    assert answer.status_code == 200
    # The edge itself reads the public keys there from time to time.
    [headers] = [sent for _, path, sent in mesh.apps["user"].requests if path == "/api/auth/login"]
    assert headers["x-envoy-external-address"] == "127.0.0.1"
