"""The sample's controllers."""

from typing import Annotated
from uuid import UUID

import msgspec
from bunmart_chassis import errors
from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import ANSWERS_NOT_STORED, VISITORS_ANSWERS_NOT_STORED, Schema, UnitOfWork
from bunmart_chassis.validation import optional_text
from litestar import Controller, get, post
from litestar.params import Body

from tests.chassis.sample.service import LineRow, Sample


class NewLine(Schema, kw_only=True):
    product_id: UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    note: Annotated[str, msgspec.Meta(max_length=50)] = ""


class LineController(Controller):
    path = "/api/lines"

    @post("/", operation_id="AddLine")
    async def add(self, data: Annotated[NewLine, Body()], sample: Sample, unit: UnitOfWork) -> LineRow:
        return await sample.add(unit, data.product_id, data.quantity, data.note)

    @post("/secret", operation_id="AddSecretLine", opt=ANSWERS_NOT_STORED)
    async def add_secret(self, data: NewLine, sample: Sample, unit: UnitOfWork) -> LineRow:
        return await sample.add(unit, data.product_id, data.quantity, data.note)

    @get("/", operation_id="ListLines")
    async def list_page(self, sample: Sample, page: PageRequest) -> Page[LineRow]:
        return await sample.page(page)

    @get("/{product_id:uuid}", operation_id="GetLine")
    async def find(self, product_id: UUID, sample: Sample) -> LineRow:
        return await sample.find(product_id)

    @post("/own", operation_id="AddOwnLine", opt=VISITORS_ANSWERS_NOT_STORED)
    async def add_own(self, data: Annotated[NewLine, Body()], sample: Sample, unit: UnitOfWork) -> LineRow:
        return await sample.add(unit, data.product_id, data.quantity, data.note)

    @post("/text", operation_id="CheckText")
    async def text(self, data: dict[str, str]) -> dict[str, str]:
        return {"text": optional_text("text", data["text"])}

    @get("/slow/{seconds:float}", operation_id="Slow")
    async def slow(self, seconds: float, sample: Sample) -> str:
        await sample.slow(seconds)
        return "done"

    @get("/errors/{name:str}", operation_id="Fail")
    async def fail(self, name: str) -> None:
        raise_by_name(name)

    @get("/me", operation_id="Me")
    async def me(self, principal: Principal) -> str:
        return str(principal.user_id)

    @get("/visitor", operation_id="Visitor")
    async def visitor(self, visitor: Principal | None) -> bool:
        return visitor is not None

    @get("/kitchen", operation_id="Kitchen", guards=[requires(Role.KITCHEN)])
    async def kitchen(self) -> str:
        return "open"


def raise_by_name(name: str) -> None:
    """Raise an error of the chassis by its class name, any other name as a defect."""
    kind = getattr(errors, name, None)
    if kind is None:
        raise RuntimeError(f"secret detail of {name}")
    raise kind(
        "It was refused.",
        code="TEST_REASON",
        metadata={"allowed": "paid"},
        violations=[errors.Violation("quantity", "too many")],
    )
