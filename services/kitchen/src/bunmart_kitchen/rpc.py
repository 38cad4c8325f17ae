"""gRPC of the kitchen service (proto/bunmart/kitchen/v1/kitchen.proto)."""

from bunmart.kitchen.v1 import kitchen_pb2, kitchen_pb2_grpc
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_chassis.rpc import Context, unit_of
from bunmart_chassis.validation import (
    optional_line,
    optional_name,
    optional_text,
    optional_uuid,
    require_line,
    require_one_of,
    require_quantity,
    require_uuid,
)

from bunmart_kitchen.domain import (
    DONE,
    MAX_ALLERGEN,
    MAX_ALLERGENS,
    MAX_IMAGES,
    MAX_LINE_NOTE,
    MAX_LINES,
    MAX_NAME,
    MAX_NOTES,
    MAX_ORDER_NUMBER,
    MAX_REASON,
    MAX_UNIT,
    PHASES,
    Goods,
    OrderFacts,
    Phase,
    require_image_url,
)
from bunmart_kitchen.service import FullProductionOrder, Production

SERVICE = kitchen_pb2.DESCRIPTOR.services_by_name["KitchenService"].full_name


class KitchenServicer(kitchen_pb2_grpc.KitchenServiceServicer):
    """Parses and checks requests, calls the use case, presents the answer."""

    def __init__(self, production: Production) -> None:
        self._production = production

    async def CreateProductionOrder(
        self, request: kitchen_pb2.CreateProductionOrderRequest, context: Context
    ) -> kitchen_pb2.CreateProductionOrderResponse:
        """Create a production order; order calls this when an admin presses Produce Order."""
        user_order_id = require_uuid("user_order_id", request.user_order_id)
        if not 1 <= len(request.lines) <= MAX_LINES:
            raise InvalidArgumentError.field("lines", f"must have 1 to {MAX_LINES} entries")
        lines = [_goods(f"lines[{index}]", line) for index, line in enumerate(request.lines)]
        facts = OrderFacts(
            optional_line("order_number", request.order_number, most=MAX_ORDER_NUMBER),
            optional_text("note", request.note, most=MAX_NOTES),
            optional_uuid("user_id", request.user_id),
        )
        order = await self._production.create(unit_of(context), user_order_id, lines, facts)
        return kitchen_pb2.CreateProductionOrderResponse(production_order_id=str(order.id))

    async def GetProductionOrder(
        self, request: kitchen_pb2.GetProductionOrderRequest, context: Context
    ) -> kitchen_pb2.GetProductionOrderResponse:
        """Read a production order with lines, images and notes."""
        full = await self._production.get(require_uuid("production_order_id", request.production_order_id))
        return kitchen_pb2.GetProductionOrderResponse(order=_info(full))

    async def UpdateProductionPhase(
        self, request: kitchen_pb2.UpdateProductionPhaseRequest, context: Context
    ) -> kitchen_pb2.UpdateProductionPhaseResponse:
        """Record how far the kitchen is, as `PUT /api/production-orders/{id}/phase`; progress 0 keeps it."""
        order_id = require_uuid("production_order_id", request.production_order_id)
        phase = require_one_of("phase", request.phase, PHASES)
        if not 0 <= request.progress_percent <= DONE:
            raise InvalidArgumentError.field("progress_percent", f"must be between 0 and {DONE}")
        if len(request.preparation_image_urls) > MAX_IMAGES:
            raise InvalidArgumentError.field(
                "preparation_image_urls", f"must have at most {MAX_IMAGES} entries"
            )
        urls = [
            require_image_url(f"preparation_image_urls[{index}]", url)
            for index, url in enumerate(request.preparation_image_urls)
        ]
        notes = optional_text("notes", request.notes, most=MAX_NOTES)
        await self._production.update_phase(
            unit_of(context),
            order_id,
            phase,
            request.progress_percent or None,
            notes=notes or None,
            image_urls=urls,
        )
        return kitchen_pb2.UpdateProductionPhaseResponse(updated=True)

    async def NotifyOrderPrepared(
        self, request: kitchen_pb2.NotifyOrderPreparedRequest, context: Context
    ) -> kitchen_pb2.NotifyOrderPreparedResponse:
        """Complete a production order, and send the notice to the order service (again)."""
        await self._production.notify_prepared(
            unit_of(context),
            require_uuid("production_order_id", request.production_order_id),
            require_uuid("user_order_id", request.user_order_id),
        )
        return kitchen_pb2.NotifyOrderPreparedResponse(acknowledged=True)

    async def CancelProductionOrder(
        self, request: kitchen_pb2.CancelProductionOrderRequest, context: Context
    ) -> kitchen_pb2.CancelProductionOrderResponse:
        """End the production of an order; order calls this when it is cancelled."""
        phase = await self._production.cancel_of(
            unit_of(context),
            require_uuid("user_order_id", request.user_order_id),
            optional_text("reason", request.reason, most=MAX_REASON),
        )
        return kitchen_pb2.CancelProductionOrderResponse(
            stopped=phase is not Phase.COMPLETED, phase=phase or ""
        )


def _goods(field: str, line: kitchen_pb2.ProductionOrderLine) -> Goods:
    if len(line.allergens) > MAX_ALLERGENS:
        raise InvalidArgumentError.field(f"{field}.allergens", f"must have at most {MAX_ALLERGENS} entries")
    return Goods(
        require_uuid(f"{field}.product_id", line.product_id),
        require_quantity(f"{field}.quantity", line.quantity),
        optional_name(f"{field}.name", line.name, most=MAX_NAME),
        optional_text(f"{field}.note", line.note, most=MAX_LINE_NOTE),
        tuple(
            require_line(f"{field}.allergens[{index}]", allergen, most=MAX_ALLERGEN)
            for index, allergen in enumerate(line.allergens)
        ),
        optional_line(f"{field}.unit", line.unit, most=MAX_UNIT),
    )


def _info(full: FullProductionOrder) -> kitchen_pb2.ProductionOrderInfo:
    order = full.order
    info = kitchen_pb2.ProductionOrderInfo(
        production_order_id=str(order.id),
        user_order_id=str(order.user_order_id or ""),
        lines=[
            kitchen_pb2.ProductionOrderLine(
                product_id=str(line.product_id),
                quantity=line.quantity,
                name=line.name,
                note=line.note,
                allergens=line.allergens,
                unit=line.unit,
            )
            for line in full.lines
        ],
        phase=order.phase,
        progress_percent=order.progress_percent,
        preparation_image_urls=[image.url for image in full.images],
        notes=order.notes,
        order_number=order.order_number,
        order_note=order.order_note,
    )
    info.created_at.FromDatetime(order.created_at)
    info.updated_at.FromDatetime(order.updated_at)
    return info
