"""An edit of a service's code is live in a running system, and no request fails for it."""

import asyncio
import contextlib
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from bunmart_dev.launcher.login import fetch_token
from bunmart_dev.launcher.settings import SERVICES
from bunmart_mesh.contract import contract_of

from tests.e2e.conftest import running_system
from tests.support import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
PACKAGES = ["bff/src", "gen/src", "services/chassis/src", *(f"services/{name}/src" for name in SERVICES)]
EDITED = "services/order/src/bunmart_order/rest/orders.py"
TAGS = '    tags = ("orders",)\n'
MIGRATION = """
revision, down_revision = "9001", "{head}"
branch_labels = depends_on = None

def upgrade() -> None:
    from alembic import op
    op.execute("{statement}")
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the services' code, which a test may edit."""
    copy = tmp_path_factory.mktemp("code")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package)
    return copy


@pytest.fixture(scope="module")
def system(code: Path) -> Iterator[Any]:
    """A system that runs the copy."""
    path = os.pathsep.join(str(code / package) for package in PACKAGES)
    with running_system({"PYTHONPATH": path}) as running:
        yield running


class Shoppers:
    """Requests without a pause: REST through the edge, and RPCs through the sidecar of cart."""

    def __init__(self, system: Any) -> None:
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []
        self.edit = ""
        self._system = system
        self._headers = {"authorization": f"Bearer {fetch_token(system.url, 'admin')}"}

    async def until_answered_by(self, edit: str) -> None:
        await until(lambda: self.edit == edit, timeout=100)

    @contextlib.asynccontextmanager
    async def shopping(self) -> AsyncIterator[None]:
        """Send requests as long as the block runs."""
        target = f"127.0.0.1:{self._system.ports.of('cart').outbound}"
        options = [("grpc.default_authority", "order")]
        async with (
            httpx.AsyncClient(base_url=self._system.url, headers=self._headers, timeout=20) as client,
            grpc.aio.insecure_channel(target, options=options) as channel,
        ):
            product = (await client.get("/api/products")).json()["items"][0]["product_id"]
            line = {"product_id": product, "quantity": 1}
            method: Any = channel.unary_unary(contract_of("order").rpc("CreateOrderIntent").path)
            async with asyncio.TaskGroup() as group:
                loops = [
                    group.create_task(self._repeat(each))
                    for each in (
                        lambda: self._read(client),
                        lambda: self._send(client, "POST", "/api/orders", 201, json={"items": [line]}),
                        lambda: self._send(client, "GET", f"/api/views/products/{product}", 200),
                        lambda: self._call(method),
                    )
                ]
                yield
                for each in loops:
                    each.cancel()

    async def _repeat(self, request: Any) -> None:
        while True:
            await request()
            await asyncio.sleep(0.02)

    async def _read(self, client: httpx.AsyncClient) -> None:
        answer = await self._send(client, "GET", "/api/orders?page_size=1", 200)
        self.edit = answer.headers.get("x-edit", "")

    async def _send(
        self, client: httpx.AsyncClient, method: str, path: str, status: int, **body: Any
    ) -> httpx.Response:
        answer = await client.request(method, path, **body)
        self._note(f"{method} {path}", answer.status_code == status, f"{answer.status_code} {answer.text}")
        return answer

    async def _call(self, method: Any) -> None:
        # An empty request: order's own code refuses it.
        code = await method(b"", timeout=20).code()
        self._note("CreateOrderIntent", code is grpc.StatusCode.INVALID_ARGUMENT, str(code))

    def _note(self, request: str, good: bool, answer: str) -> None:
        self.answered[request] += 1
        if not good:
            self.failed.append(f"{request}: {answer}")


def edit_order(code: Path, word: str) -> None:
    """Let order answer with a header."""
    original = (ROOT / EDITED).read_text()
    assert TAGS in original
    header = f'    response_headers = {{"x-edit": "{word}"}}\n'
    (code / EDITED).write_text(original.replace(TAGS, TAGS + header))


async def wait_for_output(system: Any, line: str, times: int = 1) -> None:
    await until(lambda: system.output.count(line) >= times, timeout=100)


async def test_an_edit_is_answered_by_the_new_code_and_no_request_fails(system: Any, code: Path) -> None:
    shoppers = Shoppers(system)

    async with shoppers.shopping():
        for word in ("one", "two", "six"):
            edit_order(code, word)
            await shoppers.until_answered_by(word)

    assert shoppers.failed == []
    assert len(shoppers.answered) == 4
    await wait_for_output(system, "order runs the code of now")


async def test_an_edit_of_the_chassis_renews_every_service_and_no_request_fails(
    system: Any, code: Path
) -> None:
    shoppers = Shoppers(system)
    before = {name: system.output.count(f"{name} runs the code of now") for name in (*SERVICES, "bff")}

    async with shoppers.shopping():
        with (code / "services/chassis/src/bunmart_chassis/ids.py").open("a") as file:
            file.write("\nEDITED = True\n")
        for name, times in before.items():
            await wait_for_output(system, f"{name} runs the code of now", times + 1)

    assert shoppers.failed == []


async def test_code_that_does_not_start_leaves_the_code_before_it_serving(system: Any, code: Path) -> None:
    shoppers = Shoppers(system)
    edit_order(code, "good")
    async with shoppers.shopping():
        await shoppers.until_answered_by("good")

        (code / EDITED).write_text("def broken(:\n")
        await wait_for_output(system, "order: the edit is not live, the code before it is: SyntaxError")
        assert shoppers.edit == "good"
        assert "SyntaxError" in (system.logs / "order.log").read_text()

        edit_order(code, "mended")
        await shoppers.until_answered_by("mended")

    assert shoppers.failed == []


async def test_a_new_migration_runs_and_one_that_fails_leaves_the_code_before_it_serving(
    system: Any, code: Path
) -> None:
    shoppers = Shoppers(system)
    versions = code / "services/order/src/bunmart_order/migrations/versions"
    head = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    migration = versions / "9001_note.py"
    async with shoppers.shopping():
        migration.write_text(MIGRATION.format(head=head, statement="SELECT 1 / 0"))
        await wait_for_output(system, "order: the edit is not live, the code before it is: database: ")

        migration.write_text(MIGRATION.format(head=head, statement="CREATE TABLE notes (note text)"))
        await until(lambda: "migrated to 9001" in (system.logs / "order.log").read_text(), timeout=100)

    assert shoppers.failed == []


async def test_status_shows_the_run_that_serves(system: Any) -> None:
    code, services = system.status()

    assert code == 0, services
    assert services["order"]["grpc"] == f"127.0.0.1:{system.ports.of('order').grpc}"
    async with httpx.AsyncClient() as client:
        metrics = await client.get(f"http://127.0.0.1:{system.ports.of('order').http}/metrics")
    assert metrics.status_code == 200


def test_nothing_is_left_after_the_stop(system: Any) -> None:
    """The last test of this file: it stops the system."""
    system.state()

    assert system.stop() == 0

    assert system.survivors() == []
