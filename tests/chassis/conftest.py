"""The sample service for the tests of the chassis."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from bunmart.cart.v1.cart_pb2_grpc import CartServiceStub

from tests.chassis.sample.service import HOOKS
from tests.support import Databases, FakePeers, ServiceHarness, StartService, Tokens

PACKAGE = "tests.chassis.sample"


@pytest.fixture
async def sample(start_service: StartService) -> ServiceHarness:
    """The sample, running."""
    return await start_service(PACKAGE)


@pytest.fixture(scope="module")
async def shared(databases: Databases, tokens: Tokens) -> AsyncIterator[ServiceHarness]:
    """The sample, running for all tests of a file that leave nothing behind."""
    start = StartService(databases, FakePeers(), tokens)
    yield await start(PACKAGE)
    await start.clean_up()


@pytest.fixture
def stub(sample: ServiceHarness) -> CartServiceStub:
    """A stub of it."""
    return sample.stub(CartServiceStub)


@pytest.fixture
async def hooks() -> AsyncIterator[dict[str, Callable[..., Awaitable[Any]]]]:
    """What the test puts into the sample; emptied afterwards."""
    yield HOOKS
    HOOKS.clear()
