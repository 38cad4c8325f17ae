"""Every REST operation answers what fits its OpenAPI document, and what does not, without a 5xx."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.contract.test_grpc import SERVICES
from tests.support import StartService, Tokens, problem

pytestmark = pytest.mark.filterwarnings(
    # The service runs in this process, in another thread; hypothesis sees it use random.
    "ignore::hypothesis.errors.HypothesisDeprecationWarning"
)

EXAMPLES = 12
"""Requests of each kind per operation."""
PEER_ERRORS = frozenset({503, 504})
"""The fake peers of these tests answer nothing, and that is what an operation that needs one says."""


def _exercise(url: str, headers: dict[str, str]) -> list[str]:
    """Send generated requests of every operation; returns what was answered wrongly."""
    schema = schemathesis.openapi.from_url(f"{url}/schema/openapi.json")
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    wrong: list[str] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case: Any) -> None:
            response = case.call(headers=headers)
            status = response.status_code
            kind = response.headers.get("content-type", [""])[0]
            if status >= 500 and status not in PEER_ERRORS:
                wrong.append(f"{case.method} {case.formatted_path} {case.body!r:.200}: {response.text[:300]}")
            elif status >= 400 and not kind.startswith("application/problem+json"):
                wrong.append(f"{case.method} {case.formatted_path}: {status} is {kind}")

        given(case=operation.as_strategy())(check)()
    return wrong


@pytest.mark.parametrize("role", ["admin", "customer"])
@pytest.mark.parametrize("name", SERVICES)
async def test_no_request_is_a_server_error(
    start_service: StartService, tokens: Tokens, name: str, role: str
) -> None:
    service = await start_service(name)

    wrong = await asyncio.to_thread(_exercise, str(service.http.base_url), tokens.auth(role))

    assert wrong == []


@pytest.mark.parametrize("name", SERVICES)
async def test_a_bad_page_is_refused_by_name(start_service: StartService, tokens: Tokens, name: str) -> None:
    service = await start_service(name)
    schema = (await service.http.get("/schema/openapi.json")).json()
    lists = [
        path.format_map(_Ids())
        for path, operations in schema["paths"].items()
        if any(each["name"] == "page_token" for each in operations.get("get", {}).get("parameters", []))
    ]

    assert lists or name == "cart"  # a person has one cart
    for path in lists:
        for field, value in (("page_size", "-1"), ("page_size", "many"), ("page_token", "%00")):
            response = await service.http.get(f"{path}?{field}={value}", headers=tokens.auth("admin"))
            assert (response.status_code, problem(response)["errors"][0]["field"]) == (400, field), path


class _Ids(dict[str, str]):
    """Fills every parameter of a path."""

    def __missing__(self, _: str) -> str:
        return "018f0000-0000-7000-8000-000000000000"
