"""The sample's use cases. Tests change what happens inside through ``HOOKS``."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from bunmart.notification.v1.notification_pb2 import SendNotificationRequest
from bunmart.notification.v1.notification_pb2_grpc import NotificationServiceStub
from bunmart.user.v1.user_pb2 import ValidateUserRequest
from bunmart.user.v1.user_pb2_grpc import UserServiceStub
from bunmart_chassis.errors import require_found
from bunmart_chassis.ids import new_id
from bunmart_chassis.outbox import JobPayload
from bunmart_chassis.paging import Page, PagedQuery, PageRequest
from bunmart_chassis.rpc import Peers, call_peer
from bunmart_chassis.storage import Command, Database, Executor, Insert, Query, UnitOfWork, columns, table

from tests.chassis.sample.models import Colour, Line

HOOKS: dict[str, Callable[..., Awaitable[Any]]] = {}
"""What a test puts into the sample: ``inside`` the transaction, ``job`` in the handler, ``slow`` calls."""


class LineAdded(JobPayload, frozen=True):
    product_id: UUID


class LineRow(msgspec.Struct, frozen=True, kw_only=False):
    id: UUID
    product_id: UUID
    quantity: int
    note: str
    price: Decimal
    colour: Colour
    extra: dict[str, str] | None = None


LINES = table(Line)
ADD = Insert(Line, LineRow)
FIND = Query(
    sa.select(*columns(Line, LineRow)).where(LINES.c.product_id == sa.bindparam("product_id")), LineRow
)
PAGES = PagedQuery(
    sa.select(*columns(Line, LineRow)),
    LineRow,
    order=[LINES.c.id],
    descending=False,
    filters={
        "quantity": LINES.c.quantity == sa.bindparam("quantity"),
        "cheap": LINES.c.price < sa.literal_column("1"),
    },
)
PAGES_BY_QUANTITY = PagedQuery(
    sa.select(*columns(Line, LineRow)), LineRow, order=[LINES.c.quantity, LINES.c.id], descending=False
)
COUNT = Query(sa.select(sa.func.count()).select_from(LINES), int)
CLEAR = Command(
    sa.update(LINES).where(LINES.c.product_id == sa.bindparam("which")).values(extra=None, colour=Colour.blue)
)


class Sample:
    def __init__(self, database: Database, peers: Peers) -> None:
        self.database = database
        self.users = UserServiceStub(peers.channel("user"))
        self.notifications = NotificationServiceStub(peers.channel("notification"))

    async def add(
        self, unit: UnitOfWork, product_id: UUID, quantity: int, note: str = "", price: str = "1.50"
    ) -> LineRow:
        row = LineRow(new_id(), product_id, quantity, note, Decimal(price), Colour.red, {"a": "b"})
        await ADD.add(unit, row)
        unit.enqueue(LineAdded(product_id), dedupe_key=str(product_id))
        await hook("inside", unit)
        await hook("after", self, unit)
        return row

    async def find(self, product_id: UUID) -> LineRow:
        return await find(self.database, product_id)

    async def page(self, request: PageRequest) -> Page[LineRow]:
        return await PAGES.page(self.database, request)

    async def validate(self, user_id: str) -> bool:
        answer = await call_peer(self.users.ValidateUser, ValidateUserRequest(user_id=user_id), peer="user")
        if user_id.startswith("told-"):
            told = SendNotificationRequest(user_id=user_id)
            await call_peer(self.notifications.SendNotification, told, peer="notification")
        return answer.valid

    async def slow(self, seconds: float) -> None:
        await hook("slow")
        await asyncio.sleep(seconds)

    async def on_line_added(self, job: LineAdded) -> None:
        await hook("job", job)


async def find(executor: Executor, product_id: UUID) -> LineRow:
    return require_found(await FIND.first(executor, product_id=product_id), "line", product_id)


async def hook(name: str, *arguments: Any) -> None:
    if name in HOOKS:
        await HOOKS[name](*arguments)
